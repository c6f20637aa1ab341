"""The repairs and their order. `benchmarks scan` counts what each of them reads."""

import math
from functools import partial

import cv2
import numpy as np

from terminal.scanner.decoding.stages import (
    Stage,
    as_it_is,
    calmed,
    channel,
    darkened,
    evened,
    framed,
    larger,
    one_field,
    read_bent,
    read_in_black_and_white,
    read_opencv,
    read_zbar,
    read_zxing,
    sharpened,
    sharpened_quickly,
    softened,
    thickened,
    thresholded,
)
from terminal.scanner.decoding.unblur import line, spot, unblurred

# For the original frame, in OpenCV's order (blue first). Green is left out, as it dominates gray.
COLOUR_REPAIRS = (
    Stage("red alone", partial(channel, index=2), read_zxing),
    Stage("blue alone", partial(channel, index=0), read_zxing),
)

# For an enlarged place (regions.py): 1 to 4 ms each, so that several fit after every frame.
NEAR_REPAIRS = (
    Stage("near, sharpened", partial(sharpened_quickly, window=17, amount=6), read_zxing),
    Stage("near, thresholded", partial(thresholded, sigma=2, window=33), read_zxing),
    Stage("near, evened", partial(evened, contrast=8), read_zxing),
    Stage("near", as_it_is, read_zxing),
    Stage("near, calmed", calmed, read_zxing),
)

# For a place, once the picture is still.
SLOW_NEAR_REPAIRS = (
    Stage("near, zbar", as_it_is, read_zbar),
    Stage("near, bent", as_it_is, read_bent),
    Stage("near, bent and soft", softened, read_bent),
    Stage("near, framed", framed, read_zxing),
    Stage("near, framed in the dark", lambda gray: framed(np.asarray(cv2.bitwise_not(gray), np.uint8)), read_zxing),
    Stage("near, thickened", thickened, read_zbar),
    Stage("near, darkened", darkened, read_zxing),
    Stage("near, sharpened finely", partial(sharpened_quickly, window=9, amount=6), read_zxing),
    Stage("near, one threshold", partial(sharpened_quickly, window=61, amount=4), read_in_black_and_white),
    *(Stage(f"near, refocused {r}", partial(unblurred, spread=spot(r)), read_zxing) for r in (5, 8)),
    *(
        Stage(f"near, refocused {r}, one threshold", partial(unblurred, spread=spot(r)), read_in_black_and_white)
        for r in (6, 10)
    ),
)

# For the whole picture, once it is still.
WHOLE_REPAIRS = (
    Stage("sharpened", sharpened, read_zxing),
    Stage("thresholded", partial(thresholded, sigma=1.5, window=31), read_zxing),
    Stage("one field", one_field, read_zxing),
    Stage("larger", larger, read_zxing, scale=2),
    Stage("thresholded finely", partial(thresholded, sigma=1, window=15), read_zxing),
    Stage("larger and sharpened", lambda gray: sharpened(larger(gray), 5, 3), read_zxing, scale=2),
    Stage("zbar", sharpened, read_zbar),
    Stage("evened and larger", lambda gray: larger(evened(gray)), read_zxing, scale=2),
    Stage("opencv", as_it_is, read_opencv),
)

# For a place in a single picture only: in a stream, the hand is still before all directions are tried.
UNSHAKEN = tuple(
    Stage(
        f"near, stilled {length} at {degrees}",
        partial(unblurred, spread=line(length, math.radians(degrees))),
        read_zxing,
    )
    for length in (14, 22, 32)
    for degrees in range(0, 180, 15)
)

# Names of the repairs by library, for measuring what each library contributes.
ALL_REPAIRS = (*COLOUR_REPAIRS, *NEAR_REPAIRS, *WHOLE_REPAIRS, *SLOW_NEAR_REPAIRS, *UNSHAKEN)
REPAIRS_OF_OPENCV = frozenset(stage.name for stage in ALL_REPAIRS if stage.read in (read_opencv, read_bent))
REPAIRS_OF_ZBAR = frozenset(stage.name for stage in ALL_REPAIRS if stage.read is read_zbar)
REPAIRS_OF_ZXING = frozenset(stage.name for stage in ALL_REPAIRS) - REPAIRS_OF_OPENCV - REPAIRS_OF_ZBAR
