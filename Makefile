# Every target is a line or two that also works by hand. `make demo` and `make test` are all a newcomer needs.

SWIFT ?= swift
# Tests look into modules (`@testable`). The product is built the same way, so that nothing is built twice.
BUILD = $(SWIFT) build -c release -Xswiftc -enable-testing
PREFIX ?= /usr/local
SIGHTLINE = .build/release/sightline

.PHONY: demo test build packages lint bench install clean

demo: build
	scripts/demo

test: packages
	@command -v $(SWIFT) >/dev/null || { echo "No Swift toolchain found. Install Swift 6.2 or newer from https://www.swift.org/install/linux and run make again."; exit 1; }
	$(BUILD) --build-tests
	$(SWIFT) test -c release --skip-build -Xswiftc -enable-testing

build: packages
	@command -v $(SWIFT) >/dev/null || { echo "No Swift toolchain found. Install Swift 6.2 or newer from https://www.swift.org/install/linux and run make again."; exit 1; }
	$(BUILD) --product sightline

packages:
	@scripts/install-packages

lint:
	$(SWIFT) format lint --strict -r Package.swift Sources Tests Examples

bench: build
	Benchmarks/run

install: build
	install -D -m 755 $(SIGHTLINE) $(DESTDIR)$(PREFIX)/bin/sightline
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/sightline/models models/*.onnx

clean:
	rm -rf .build out
