"""The record of a run: frozen steps, numpy and str only, saved as one versioned JSON file.

`Trace` is the contract between computing and showing. Every view is built from it with no model at
hand, so the page can open a recording before torch is imported.
"""

from seek_viz.record.files import TRACE_VERSION, load_trace, save_trace, trace_from_dict, trace_to_dict
from seek_viz.record.iterates import LATENTS_VERSION, save_iterates, with_iterates
from seek_viz.record.records import (
    TOP,
    CutBy,
    Host,
    LatentPath,
    ModelIdentity,
    PrefixReading,
    Reward,
    Ruling,
    SeekStep,
    Shift,
    StopReason,
    Trace,
    Truth,
    Update,
    Verdict,
)
from seek_viz.record.region_maps import RegionMap, Regions

__all__ = [
    "LATENTS_VERSION",
    "TOP",
    "TRACE_VERSION",
    "CutBy",
    "Host",
    "LatentPath",
    "ModelIdentity",
    "PrefixReading",
    "RegionMap",
    "Regions",
    "Reward",
    "Ruling",
    "SeekStep",
    "Shift",
    "StopReason",
    "Trace",
    "Truth",
    "Update",
    "Verdict",
    "load_trace",
    "save_iterates",
    "save_trace",
    "trace_from_dict",
    "trace_to_dict",
    "with_iterates",
]
