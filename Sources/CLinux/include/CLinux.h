// Wrappers for system calls and macros that Swift's importer does not reach.
#pragma once
#include "CLinuxThreads.h"
#include "CLinuxFutex.h"
#include "CLinuxProcessor.h"
