@_exported import LoopFixtures
