#pragma once

#include "sightline_kernels.h"

/// The most int8 multiply-accumulates per second that one thread of this processor reaches with a table's instructions,
/// measured for some 10 ms: the yardstick for "share of peak". Depends on the clock of the moment.
double sightline_peak_multiply_accumulates_per_second(const sightline_kernels *kernels);
