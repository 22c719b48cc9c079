#pragma once

#include "sightline_checksum.h"
#include "sightline_convolution.h"
#include "sightline_elementwise.h"
#include "sightline_float.h"
#include "sightline_kernels.h"
#include "sightline_preprocess.h"
#include "sightline_patch.h"
#include "sightline_peak.h"
