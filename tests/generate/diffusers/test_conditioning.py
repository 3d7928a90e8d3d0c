from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel

import clips
import plainly
from agfd.errors import UsageError
from agfd.generate.diffusers.conditioning import Conditioner, Encoder, conditioner_of, own_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

NEGATIVE = (
    "(deformed iris, deformed pupils, semi-realistic, cgi, 3d, render, sketch, cartoon, drawing, anime:1.4), text, "
    "close up, cropped, out of frame, worst quality, low quality"
)
TEXTS = {
    "plain": "a photo, a red cat",
    "empty": "",
    "weights": "RAW photo, a [cat], (high detailed skin:1.2), (dog:0.5) film grain",
    "nested": "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
    "unbalanced": "a cat) ((red [dog",
    "negative weight": "a (cat:-0.5) dog",
    "escapes": r"cat \(animal\), \[red\]",
    "several chunks": NEGATIVE,
    "comma rule": "cat " * 60 + ", (red dog:1.3) " + "to " * 90,
    "break": "a (red cat:1.4) BREAK (a dog:1.2), photo BREAK cat",
    "break in weights": "a (red cat BREAK a dog:1.4) to",
    "breaks alone": "BREAK BREAK",
    "unknown signs": "é日本 ½ 🙂 cat's",
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def sd(pad_token: str = clips.END, **config: Any) -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        tokenizer=clips.tokenizer(pad_token),
        text_encoder=clips.text_model(**config),
        **dict.fromkeys(["vae", "unet", "scheduler", "safety_checker", "feature_extractor"]),
        requires_safety_checker=False,
    )


def sdxl(**second: Any) -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        tokenizer=clips.tokenizer(),
        text_encoder=clips.text_model(),
        tokenizer_2=clips.tokenizer(pad_token="!"),
        text_encoder_2=clips.text_model(width=48, layers=4, projected=40, seed=1, hidden_act="gelu", **second),
        **dict.fromkeys(["vae", "unet", "scheduler"]),
        add_watermarker=False,
    )


def embedded(conditioner: Conditioner, text: str) -> Tensor:
    return conditioner.embed(text, conditioner.chunks(text)).vectors


def assert_close(found: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(found.double(), expected.double(), rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("clip_skip", [None, 1, 2, 3])
def test_sd15_is_the_documented_procedure(name: str, clip_skip: int | None) -> None:
    pipeline, text = sd(), TEXTS[name]

    found = embedded(conditioner_of(pipeline, "sd-1.5", clip_skip), text)

    layer = clip_skip or 1
    assert_close(found, plainly.embedding(text, pipeline.tokenizer, pipeline.text_encoder, layer=layer, last_norm=True))


@pytest.mark.parametrize("name", ["weights", "several chunks", "break", "empty"])
def test_so_is_a_text_model_of_the_true_width(name: str) -> None:
    pipeline, text = sd(width=768, layers=2, intermediate_size=3072, num_attention_heads=12), TEXTS[name]

    found = embedded(conditioner_of(pipeline, "sd-1.5", 2), text)

    assert_close(found, plainly.embedding(text, pipeline.tokenizer, pipeline.text_encoder, layer=2, last_norm=True))


@pytest.mark.parametrize("name", TEXTS)
def test_sd21_fills_up_with_another_token(name: str) -> None:
    pipeline, text = sd("!", hidden_act="gelu"), TEXTS[name]

    # Clip skip does not act on it.
    found = embedded(conditioner_of(pipeline, "sd-2.1", clip_skip=3), text)

    expected = plainly.embedding(text, pipeline.tokenizer, pipeline.text_encoder, layer=1, last_norm=True, pad=0)
    assert_close(found, expected)


@pytest.mark.parametrize(("layers", "layer"), [(23, 1), (24, 2)])
def test_sd21_ends_at_the_23rd_layer(layers: int, layer: int) -> None:
    pipeline, text = sd("!", layers=layers, hidden_act="gelu"), TEXTS["weights"]

    found = embedded(conditioner_of(pipeline, "sd-2.1"), text)

    expected = plainly.embedding(text, pipeline.tokenizer, pipeline.text_encoder, layer=layer, last_norm=True, pad=0)
    assert_close(found, expected)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("second", [{}, {"eos_token_id": 2}], ids=["", "as its config has it"])
def test_sdxl_has_two_text_models_side_by_side(name: str, second: dict[str, int]) -> None:
    pipeline, text = sdxl(**second), TEXTS[name]
    conditioner = conditioner_of(pipeline, "sdxl", clip_skip=1)

    found = conditioner.embed(text, conditioner.chunks(text))

    words, model = pipeline.tokenizer_2, pipeline.text_encoder_2
    left = plainly.embedding(text, pipeline.tokenizer, pipeline.text_encoder, layer=2, last_norm=False)
    right = plainly.embedding(text, words, model, layer=2, last_norm=False, pad=0)
    assert_close(found.vectors, torch.cat([left, right], dim=-1))
    assert found.pooled is not None
    assert_close(found.pooled, plainly.pooled(text, words, model, pad=0))


@pytest.mark.parametrize("text", [TEXTS["plain"], "", "cat " * 75])
def test_without_weights_it_is_what_diffusers_gives(text: str) -> None:
    pipeline = sd()

    # Not compared with a clip skip: there diffusers 0.42 looks for a part that transformers 5 has no longer.
    expected, _ = pipeline.encode_prompt(text, "cpu", 1, False)
    assert_close(embedded(conditioner_of(pipeline, "sd-1.5"), text), expected[0], 1e-6)


def test_without_weights_it_is_what_diffusers_gives_for_sd21() -> None:
    pipeline, text = sd("!", hidden_act="gelu"), TEXTS["plain"]

    expected, _ = pipeline.encode_prompt(text, "cpu", 1, False)
    assert_close(embedded(conditioner_of(pipeline, "sd-2.1"), text), expected[0], 1e-6)


@pytest.mark.parametrize("text", [TEXTS["plain"], ""])
def test_without_weights_it_is_what_diffusers_gives_for_sdxl(text: str) -> None:
    pipeline = sdxl()

    found = conditioner_of(pipeline, "sdxl").embed(text, 1)

    vectors, _, pooled, _ = pipeline.encode_prompt(text, device="cpu", do_classifier_free_guidance=False)
    assert_close(found.vectors, vectors[0], 1e-6)
    assert found.pooled is not None
    assert_close(found.pooled, pooled[0], 1e-6)


def test_a_text_does_not_depend_on_what_else_is_encoded() -> None:
    pipeline = sdxl()
    alone = {name: conditioner_of(pipeline, "sdxl").embed(text, 4) for name, text in TEXTS.items()}
    together = conditioner_of(pipeline, "sdxl")
    for text in reversed(TEXTS.values()):
        together.embed(text, 6)

    for name, text in TEXTS.items():
        found = together.embed(text, 4)
        assert torch.equal(found.vectors, alone[name].vectors)
        pooled = alone[name].pooled
        assert found.pooled is not None
        assert pooled is not None
        assert torch.equal(found.pooled, pooled)


def test_it_is_filled_up_with_empty_prompts() -> None:
    conditioner = conditioner_of(sdxl(), "sdxl")
    text = TEXTS["weights"]

    found = conditioner.embed(text, 3)

    short, empty = conditioner.embed(text, 1), conditioner.embed("", 1)
    assert torch.equal(found.vectors, torch.cat([short.vectors, empty.vectors, empty.vectors]))
    assert found.pooled is short.pooled


def test_what_fills_up_can_be_hidden_from_the_image_model() -> None:
    conditioner = conditioner_of(sd(), "sd-1.5")
    short, long = TEXTS["weights"], TEXTS["break"]
    torch.manual_seed(0)
    network = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=32,
        attention_head_dim=8,
        norm_num_groups=8,
    ).eval()
    x = torch.randn(1, 4, 8, 8)
    filled = [conditioner.embed(text, 3) for text in (short, long)]
    vectors = torch.stack([each.vectors for each in filled])

    with torch.no_grad():
        together = network(torch.cat([x, x]), 500, vectors, encoder_attention_mask=own_words(filled)).sample
        alone = [network(x, 500, embedded(conditioner, text)[None]).sample for text in (short, long)]
        seen = network(torch.cat([x, x]), 500, vectors).sample

    assert_close(together, torch.cat(alone))
    assert (seen[0] - alone[0]).abs().max() > 1e-3
    assert own_words([conditioner.embed(long, 3)]) is None


def test_an_empty_negative_prompt_is_zero_to_sdxl_and_to_no_other() -> None:
    conditioner = conditioner_of(sdxl(), "sdxl")
    zero, one = conditioner.embed("", 2, negative=True), conditioner.embed("ugly", 1, negative=True)

    assert zero.pooled is not None
    assert torch.equal(zero.vectors, torch.zeros(2 * 77, 32 + 48))
    assert torch.equal(zero.pooled, torch.zeros(40))
    assert torch.equal(one.vectors, conditioner.embed("ugly", 1).vectors)
    assert conditioner.embed("", 1).vectors.any()
    assert conditioner_of(sd(), "sd-1.5").embed("", 1, negative=True).vectors.any()


def counted(**options: Any) -> tuple[Conditioner, list[int]]:
    """A conditioner, and how many chunks each forward had."""
    pipeline = sd()
    forwards: list[int] = []
    pipeline.text_encoder.register_forward_pre_hook(
        lambda model, args, kwargs: forwards.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    return Conditioner([Encoder(pipeline.tokenizer, pipeline.text_encoder)], **options), forwards


def test_a_text_is_encoded_once_and_all_its_chunks_at_once() -> None:
    conditioner, forwards = counted()

    for chunks in (3, 5, 3):
        for text in (TEXTS["several chunks"], "a cat", TEXTS["break"]):
            assert conditioner.embed(text, chunks).vectors.shape == (77 * chunks, 32)
            assert conditioner.chunks(text) <= 3

    assert forwards == [2, 1, 1, 3]  # the third is the empty chunk


def test_what_is_kept_is_bounded() -> None:
    bytes_per_chunk = 77 * 32 * 4
    conditioner, forwards = counted(cache_bytes=2 * bytes_per_chunk)

    for text in ("cat", "dog", "cat", "photo", "cat", "dog"):
        conditioner.embed(text, 1)

    # What was used last stays longest: "dog" had to go for "photo", "cat" had not.
    assert len(forwards) == 4


def test_a_mean_near_zero_is_restored_as_exactly() -> None:
    words, model, text = clips.tokenizer(), clips.text_model(), "a (cat:1.1) [dog]"
    ((tokens, weights),) = plainly.chunks(text, words)
    ids = torch.tensor([tokens])
    with torch.no_grad():
        getattr(model, "text_model", model).final_layer_norm.bias -= model(ids).last_hidden_state.mean() - 1e-4
        plain = model(ids).last_hidden_state[0].double()
    emphasized = plain * torch.tensor(weights, dtype=torch.float64)[:, None]

    found = Conditioner([Encoder(words, model)]).embed(text, 1).vectors

    expected = emphasized * (plain.mean() / emphasized.mean())
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=0)


def test_half_precision_stays_half() -> None:
    model = clips.text_model()
    text = "a (red cat:1.6), [dog]"
    whole = Conditioner([Encoder(clips.tokenizer(), model)]).embed(text, 1).vectors
    half = Conditioner([Encoder(clips.tokenizer(), model.to(torch.bfloat16))]).embed(text, 1).vectors

    assert half.dtype == torch.bfloat16
    assert_close(half, whole, 0.1)


def test_the_embedding_needs_no_gradient() -> None:
    assert not conditioner_of(sd(), "sd-1.5").embed("a (cat)", 1).vectors.requires_grad


@pytest.mark.parametrize("clip_skip", [-1, 4])
def test_a_layer_that_is_not_there(clip_skip: int) -> None:
    with pytest.raises(UsageError, match="this text model has the layers 1 to 3"):
        conditioner_of(sd(), "sd-1.5", clip_skip)


def test_a_prompt_that_is_too_long() -> None:
    conditioner = conditioner_of(sd(), "sd-1.5")

    assert conditioner.embed("cat " * 1500, 20).vectors.shape == (20 * 77, 32)
    for ask in (conditioner.chunks, lambda text: conditioner.embed(text, 21)):
        with pytest.raises(UsageError, match="20 are the most"):
            ask("cat " * 1501)


def test_fewer_chunks_than_the_text_has() -> None:
    with pytest.raises(ValueError, match="a text of 2 chunks does not fit into 1"):
        conditioner_of(sd(), "sd-1.5").embed("a BREAK b", 1)


def test_a_family_with_other_text_models() -> None:
    with pytest.raises(UsageError, match="'flux1' are not CLIP"):
        conditioner_of(sd(), "flux1")
