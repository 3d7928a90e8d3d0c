"""Most of a U-Net changes little from one step to the next: its deep part is computed at every n-th call only."""

from __future__ import annotations

from typing import Any

import torch

from agfd.errors import UsageError


class DeepCache:
    """A `UNet2DConditionModel` of diffusers, called in its place: it remembers what its last layer was given.

    Ma et al. 2023, "DeepCache: Accelerating Diffusion Models for Free", with their shallowest branch: a call between
    two full ones computes the first convolution and the last layer of the last block up, with the deep features of the
    last full call. It changes the image, the more the larger `every` (1 changes nothing). `reset` begins a run; a
    batch of another size than the remembered one gets a full call, too.
    """

    def __init__(self, unet: Any, every: int) -> None:
        if every < 1:
            raise UsageError(f"a deep cache is made new every 1 or more calls, not every {every}")
        # Those of Stable Diffusion 1.5, 2.1 and XL have none of these; `_shallow` leaves them out.
        if unet.class_embedding is not None or unet.encoder_hid_proj is not None or unet.time_embed_act is not None:
            raise UsageError("a deep cache knows the U-Nets of Stable Diffusion 1.5, 2.1 and XL only; leave it off")
        self.unet, self.every = unet, every
        self._deep: torch.Tensor | None = None
        self._age, self._listening = 0, False
        last = unet.up_blocks[-1].resnets[-1]
        self._width = last.in_channels - unet.conv_in.out_channels
        self._hook = last.register_forward_pre_hook(self._remember)

    def reset(self) -> None:
        """Forget the deep features: the next call is a full one."""
        self._deep = None

    def remove(self) -> None:
        """Leave the U-Net as it was found."""
        self._hook.remove()
        self.reset()

    def __call__(
        self,
        x: torch.Tensor,
        t: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        added_cond_kwargs: dict[str, torch.Tensor] | None = None,
        **others: Any,
    ) -> tuple[torch.Tensor]:
        """(prediction,), like the U-Net's own with `return_dict=False`; `others` reach full calls only."""
        self._age += 1
        if self._deep is not None and len(self._deep) == len(x) and self._age < self.every:
            return (self._shallow(x, t, encoder_hidden_states, added_cond_kwargs),)
        self._age = 0
        others["return_dict"] = False
        given = {"encoder_hidden_states": encoder_hidden_states, "added_cond_kwargs": added_cond_kwargs}
        self._listening = True
        try:
            return (self.unet(x, t, **given, **others)[0],)
        finally:
            self._listening = False

    def _remember(self, _: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        if self._listening:  # not when the U-Net is called by somebody else
            self._deep = args[0][:, : self._width]

    def _shallow(
        self, x: torch.Tensor, t: torch.Tensor, text: torch.Tensor, added: dict[str, torch.Tensor] | None
    ) -> torch.Tensor:
        """What `UNet2DConditionModel.forward` does, without all that lies below the last layer."""
        unet, block = self.unet, self.unet.up_blocks[-1]
        embedded = unet.time_embedding(unet.get_time_embed(sample=x, timestep=t))
        more = unet.get_aug_embed(emb=embedded, encoder_hidden_states=text, added_cond_kwargs=added)
        embedded = embedded if more is None else embedded + more
        assert self._deep is not None
        x = block.resnets[-1](torch.cat([self._deep, unet.conv_in(x)], dim=1), embedded)
        if getattr(block, "has_cross_attention", False):
            x = block.attentions[-1](x, encoder_hidden_states=text, return_dict=False)[0]
        prediction: torch.Tensor = unet.conv_out(unet.conv_act(unet.conv_norm_out(x)))
        return prediction
