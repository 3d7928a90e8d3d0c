"""The Python API: what the command line calls, and nothing that it does not."""

from agfd.api.asking import FOR_GENERATOR, options_from
from agfd.api.building import Plan, build, plan, show
from agfd.api.dataset import Dataset, open_dataset
from agfd.api.folders import (
    FileSeen,
    SurveyBegan,
    SurveyEvent,
    analyze_folder,
    calibrate_folder,
    calibration_json,
    summarise_folder,
    table_bytes,
)
from agfd.api.importing import ImportBegan, ImportResult, Quota, import_folder
from agfd.api.judging import agreement, judge_dataset
from agfd.api.making import make
from agfd.api.recipes import list_recipes, load_recipe, recipe_schema, show_recipe
from agfd.api.reviewing import review
from agfd.api.tools import (
    accepted_by_row,
    export_dataset,
    is_full,
    models_check,
    models_install,
    models_list,
    parse_attributes,
    write_image,
)
from agfd.review.server import ReviewServer
from agfd.run.changes import Change
from agfd.run.judging import JudgeEvent, MadeAgain, Rejudged, RoundJudged
from agfd.run.loop import BatchHalved, Event, RoundClosed, RoundOpened
from agfd.run.messages import ChunkDone, ItemDone

__all__ = [
    "FOR_GENERATOR",
    "BatchHalved",
    "Change",
    "ChunkDone",
    "Dataset",
    "Event",
    "FileSeen",
    "ImportBegan",
    "ImportResult",
    "ItemDone",
    "JudgeEvent",
    "MadeAgain",
    "Plan",
    "Quota",
    "Rejudged",
    "ReviewServer",
    "RoundClosed",
    "RoundJudged",
    "RoundOpened",
    "SurveyBegan",
    "SurveyEvent",
    "accepted_by_row",
    "agreement",
    "analyze_folder",
    "build",
    "calibrate_folder",
    "calibration_json",
    "export_dataset",
    "import_folder",
    "is_full",
    "judge_dataset",
    "list_recipes",
    "load_recipe",
    "make",
    "models_check",
    "models_install",
    "models_list",
    "open_dataset",
    "options_from",
    "parse_attributes",
    "plan",
    "recipe_schema",
    "review",
    "show",
    "show_recipe",
    "summarise_folder",
    "table_bytes",
    "write_image",
]
