// Wrappers for system calls and macros that Swift's importer does not reach.
#pragma once

#include "CLinuxBus.h"
#include "CLinuxFiles.h"
#include "CLinuxFutex.h"
#include "CLinuxMemory.h"
#include "CLinuxProcess.h"
#include "CLinuxProcessor.h"
#include "CLinuxThreads.h"
