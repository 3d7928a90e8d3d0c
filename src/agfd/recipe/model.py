"""The recipe: what is wanted. Frozen, unknown keys forbidden; each field is declared here and nowhere else."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
)

from agfd import ids, vocabulary

Scalar = StrictBool | StrictInt | StrictFloat | StrictStr
Count = Annotated[int, Field(ge=0, le=100_000_000, strict=True)]
Age = Annotated[int, Field(ge=1, le=100, strict=True)]
Pixels = Annotated[int, Field(ge=64, le=2048, multiple_of=8, strict=True)]
Text = Annotated[str, Field(max_length=4000)]

# The analyzer that gives the codes by which copies are found.
CODING = "hashes"
# The analyzer that gives the vectors by which people are told, and the name of these vectors.
IDENTIFYING = "identity"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Span(_Part):
    """A number drawn evenly between two bounds."""

    min: float = Field(description="lower bound")
    max: float = Field(description="upper bound")


class Variant(_Part):
    """One alternative of a row's special prompt, and what it means."""

    id: str | None = Field(None, min_length=1, max_length=80, description="its name; the phrase where left out")
    phrase: Text = Field("", description="the words that stand at {special} in the prompt")
    set: dict[str, Scalar | Span] = Field(default_factory=dict, description="the attributes that the words mean")
    age: Age | None = Field(None, description="the age in years; drawn from the recipe's ages where left out")
    word: dict[str, Text] = Field(default_factory=dict, description="the word for the sex, instead of the recipe's")

    @property
    def name(self) -> str:
        """What the variant is called in rows and reports."""
        return self.id or self.phrase or (f"{self.age} y.o" if self.age is not None else "plain")


class Range(_Part):
    """Numbers between two bounds, ends included; a bound that is left out does not bound."""

    min: float | None = Field(None, description="lower bound")
    max: float | None = Field(None, description="upper bound")


class Confirm(_Part):
    """Where a measurement is sure enough for its label to be called measured."""

    min: float | None = Field(None, description="not below")
    max: float | None = Field(None, description="not above")
    within: float | None = Field(None, ge=0, description="not farther than this from the asked number")


def _kind(value: object) -> str:
    return "Range" if isinstance(value, dict | Range) else "list"


Asked = Annotated[Annotated[list[Scalar], Tag("list")] | Annotated[Range, Tag("Range")], Discriminator(_kind)]


class RuleChange(_Part):
    """A rule of acceptance, or what a row changes about one. The key of the rule is its reason code."""

    measure: str | None = Field(
        None, description="name of the measurement; or of an attribute with scores: the score of the asked word"
    )
    about: Literal["face", "quality", "attribute"] | None = Field(
        None, description="what it guards; rules about attributes do not apply where the generator knows the truth"
    )
    min: float | None = Field(None, description="reject below")
    max: float | None = Field(None, description="reject above")
    within: float | None = Field(None, ge=0, description="reject farther than this from the asked number")
    confirm: Confirm | None = Field(
        None, description="call the label measured only inside these bounds; of whatever is not rejected if left out"
    )
    when: dict[str, Asked] | None = Field(
        None,
        description="applies where this was asked: a list of words, or {min, max} of a number",
    )


class Row(_Part):
    """One row of the table."""

    group: str = Field(min_length=1, max_length=80, description="the group it stands in, such as Age")
    feature: str = Field(min_length=1, max_length=80, description="what it shows, such as Child (0-5)")
    count: dict[str, Count] = Field(description="accepted images wanted, by sex")
    variants: list[Variant] = Field(min_length=1, max_length=200, description="the alternatives, drawn evenly")
    turn: int | None = Field(
        None,
        ge=0,
        le=1_000_000,
        strict=True,
        description="where its round of races and ages starts; its place if left out",
    )
    note: dict[str, str] = Field(default_factory=dict, description="remarks by sex, such as why a count is 0")
    rules: dict[str, RuleChange | None] = Field(default_factory=dict, description="changed rules; null: switched off")
    also: list[str] = Field(
        default_factory=list, max_length=100, description="other names, by which folders of pictures may call it"
    )


class Axes(_Part):
    """What the table is balanced over besides its rows."""

    sex: list[str] = Field(min_length=1, description="the sexes")
    race: list[str] = Field(min_length=1, description="the races")


class SexWord(_Part):
    """How a person of one sex is called in the prompt."""

    child: Text = Field(description="under 18")
    adult: Text = Field(description="from 18")


class Words(_Part):
    """The words of the prompt for the axes."""

    sex: dict[str, SexWord] = Field(description="by sex")
    race: dict[str, Text] = Field(default_factory=dict, description="by race; the race itself where left out")


class ImageSettings(_Part):
    """How images are made, in the words of AUTOMATIC1111."""

    sampler: str = Field("DPM++ 2M Karras", min_length=1, max_length=80, description="name of the sampler")
    steps: int = Field(20, ge=1, le=1000, strict=True, description="sampling steps")
    cfg_scale: float = Field(7.0, ge=0, le=100, description="classifier-free guidance")
    width: Pixels = Field(512, description="pixels")
    height: Pixels = Field(512, description="pixels")


def _off(value: object) -> object:
    """YAML reads the word `off` as false."""
    return "off" if value is False else value


class Duplicates(_Part):
    """Which accepted images are turned down because another one looks like them; the same picture always is."""

    near: Annotated[Literal["off", "cell", "set"], BeforeValidator(_off)] = Field(
        "off", description="look for copies and mirror images: not at all, within each cell, or in the whole dataset"
    )
    bound: int = Field(
        5, ge=0, le=17, strict=True, description="most bits, of 128 of two perceptual hashes, in which copies differ"
    )
    identity: Annotated[Literal["off", "cell", "set"], BeforeValidator(_off)] = Field(
        "off", description="look for another picture of the same person, from 13 years on: where, as for copies"
    )
    identity_threshold: float | None = Field(
        None,
        gt=0,
        le=1,
        description="cosine from which on two faces are one person; measured for network and domain where left out",
    )


class Recipe(_Part):
    """A table of attributes with everything that is needed to make and to judge the images."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$", description="short name")
    title: str = Field("", max_length=400, description="one line")
    source: str = Field("", max_length=4000, description="where the table comes from")
    template: Text = Field(description="the prompt, with {year} {sex} {race} {special}")
    negative: Text = Field("", description="the negative prompt")
    settings: ImageSettings = Field(default_factory=ImageSettings, description="how images are made")
    axes: Axes = Field(description="what the table is balanced over")
    ages: list[Age] = Field(min_length=1, max_length=100, description="the ages of rows that do not set one")
    words: Words = Field(description="words of the prompt")
    truths: list[str] = Field(default_factory=list, description="what else to keep of each image, such as depth")
    analyzers: list[str] = Field(default_factory=lambda: ["basic"], description="who measures the images")
    rules: dict[str, RuleChange | None] = Field(
        default_factory=dict, description="rules of acceptance, by reason code; null: switched off"
    )
    duplicates: Duplicates = Field(default_factory=Duplicates, description="what is too much alike")
    rows: dict[str, Row] = Field(min_length=1, max_length=10_000, description="the table")

    @property
    def all_truths(self) -> tuple[str, ...]:
        """The asked truths in the vocabulary's order: how a recipe lists them means nothing."""
        return tuple(name for name in vocabulary.TRUTHS if name in self.truths)

    @property
    def all_analyzers(self) -> tuple[str, ...]:
        """The asked analyzers, and those that tell copies and people where these are not wanted."""
        unwanted = {CODING: self.duplicates.near, IDENTIFYING: self.duplicates.identity}
        needed = [name for name, where in unwanted.items() if where != "off"]
        return tuple(dict.fromkeys([*self.analyzers, *needed]))

    def row_identity(self, row_id: str) -> str:
        """A hash of all that shapes the slots of a row: words, attributes, settings; neither counts nor rules."""
        row = self.rows[row_id]
        return ids.digest(
            {
                "row": row_id,
                "turn": row.turn,
                "variants": [variant.model_dump(mode="json") for variant in row.variants],
                "ages": self.ages,
                "words": self.words.model_dump(mode="json"),
                "axes": self.axes.model_dump(mode="json"),
                "template": self.template,
                "negative": self.negative,
                "settings": self.settings.model_dump(mode="json"),
            }
        )

    def rules_of(self, row_id: str) -> dict[str, RuleChange]:
        """The rules in force for a row: the recipe's, with the row's changes laid over them, by reason code.

        What a row changes about a rule that is switched off stays without effect.
        """
        rules = {code: rule for code, rule in self.rules.items() if rule is not None}
        for code, change in self.rows[row_id].rules.items():
            if change is None:
                rules.pop(code, None)
            elif code in rules or change.measure is not None:
                before = rules.get(code, RuleChange()).model_dump()
                rules[code] = RuleChange.model_validate(before | change.model_dump(exclude_unset=True))
        return rules
