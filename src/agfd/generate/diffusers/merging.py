"""Token merging: where neighbouring places of a picture say the same, self-attention sees one for both."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from agfd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 0.75  # one of each 2 x 2 places stays


class Merge:
    """Which tokens of (N, h*w, C) become one, found from how alike they are.

    Bolya and Hoffman 2023, "Token Merging for Fast Stable Diffusion": the first of each 2 x 2 places is a target; of
    the other places the `ratio * h * w` that are most like a target are averaged into it. Their random choice of
    targets is left out, so that an image does not depend on its batch. What tomesd 0.1.3 computes with
    `use_rand=False`.
    """

    def __init__(self, tokens: torch.Tensor, height: int, width: int, ratio: float) -> None:
        target = torch.zeros((height, width), dtype=torch.bool, device=tokens.device)
        target[: height // 2 * 2 : 2, : width // 2 * 2 : 2] = True
        self._targets = target.flatten().nonzero()[:, 0]
        self._others = (~target.flatten()).nonzero()[:, 0]
        alike = torch.nn.functional.normalize(tokens, dim=-1)
        scores, best = (alike[:, self._others] @ alike[:, self._targets].transpose(1, 2)).max(dim=-1)
        order = scores.argsort(dim=-1, descending=True, stable=True)
        count = min(len(self._others), int(ratio * height * width))
        self._gone, self._kept = order[:, :count, None], order[:, count:, None]
        self._into = best[..., None].gather(1, self._gone)

    def together(self, tokens: torch.Tensor) -> torch.Tensor:
        """(N, fewer, C): those that stay, then the targets with what was averaged into them."""
        width = tokens.shape[-1]
        others, targets = tokens[:, self._others], tokens[:, self._targets]
        gone = others.gather(1, self._gone.expand(-1, -1, width))
        targets = targets.scatter_reduce(1, self._into.expand(-1, -1, width), gone, reduce="mean")
        return torch.cat([others.gather(1, self._kept.expand(-1, -1, width)), targets], dim=1)

    def apart(self, tokens: torch.Tensor) -> torch.Tensor:
        """(N, h*w, C) again: what was merged gets what its target has."""
        width, stay = tokens.shape[-1], self._kept.shape[1]
        targets = tokens[:, stay:]
        others = tokens.new_empty((len(tokens), len(self._others), width))
        others.scatter_(1, self._kept.expand(-1, -1, width), tokens[:, :stay])
        others.scatter_(1, self._gone.expand(-1, -1, width), targets.gather(1, self._into.expand(-1, -1, width)))
        whole = tokens.new_empty((len(tokens), len(self._others) + targets.shape[1], width))
        whole[:, self._others], whole[:, self._targets] = others, targets
        return whole


class _Processor:
    """An attention processor of diffusers around another: merges what goes in, and undoes it on what comes out.

    `tokens` are those of the whole block, before its first norm: tomesd judges by them how alike two are.
    """

    def __init__(self, inner: Any, ratio: float, size: list[int]) -> None:
        self.inner, self.ratio, self.size = inner, ratio, size
        self.tokens = torch.empty(0)

    def note(self, _: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        """A hook before the block."""
        self.tokens = args[0]

    def __call__(self, attn: Any, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        height, width = self.size
        tokens, self.tokens = self.tokens, torch.empty(0)
        if hidden_states.shape[1] != height * width:  # a lower level, where there is little to gain
            plain: torch.Tensor = self.inner(attn, hidden_states, *args, **kwargs)
            return plain
        merge = Merge(tokens, height, width, self.ratio)
        return merge.apart(self.inner(attn, merge.together(hidden_states), *args, **kwargs))


@contextmanager
def merged_tokens(unet: Any, ratio: float) -> Iterator[None]:
    """Inside, self-attention at the full resolution of a `UNet2DConditionModel` sees a part `ratio` of tokens less.

    From 0 to 0.75; 0.5 is usual. It changes the image. The attention processors of before are put back afterwards.
    """
    if not 0 <= ratio <= MOST:
        raise UsageError(f"token merging takes a ratio from 0 to {MOST:g}, not {ratio:g}")
    before, size = unet.attn_processors, [0, 0]

    def note(_: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        size[:] = args[0].shape[-2:]

    hooks, place = [unet.register_forward_pre_hook(note)], ".attn1.processor"
    after = dict(before)
    for name in [name for name in before if name.endswith(place) and ratio > 0]:
        after[name] = merging = _Processor(before[name], ratio, size)
        hooks.append(unet.get_submodule(name.removesuffix(place)).register_forward_pre_hook(merging.note))
    unet.set_attn_processor(after)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        unet.set_attn_processor(before)
