"""Array types of camera frames and gray pictures."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[Any]

Gray = NDArray[np.uint8]
