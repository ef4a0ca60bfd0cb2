#!/usr/bin/env python3
"""Transcribe two synthetic seconds with an old pywhispercpp, which takes fewer options than today's.

usage: whisper_of_old.py FOLDER MODEL, where FOLDER has that release and nothing else of it is installed from
"""

import importlib
import logging
import sys
from types import SimpleNamespace

import numpy as np

sys.modules["pydub"] = SimpleNamespace(AudioSegment=None)  # it reads sound files, and there is none here
sys.path.insert(0, sys.argv[1])
Model = importlib.import_module("pywhispercpp.model").Model
logging.disable()  # it writes the time of day on stdout
t = np.arange(32000, dtype=np.float64) / 16000
sound = (0.3 * np.sin(2 * np.pi * (200 * t + 300 * t * t))).astype(np.float32)
model = Model(sys.argv[2], n_threads=1, print_progress=False, language="en", temperature_inc=0.0)
for segment in model.transcribe(sound):
    print(segment.t0, segment.t1, segment.text, flush=True)
