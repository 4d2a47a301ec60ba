# SPDX-License-Identifier: GPL-2.0-or-later
# What people type. The build itself is meson's; this installs what is missing, configures once and calls it.

BUILD ?= build
NINJA = ninja -C $(BUILD)
TEST = python3 scripts/run-tests --build $(BUILD)

.PHONY: all deps check check-unit check-qtest check-functional check-migration check-tcg check-layers check-maintainers check-sanitizers demo \
        install clean distclean help

all: $(BUILD)/build.ninja
	@$(NINJA)

deps:
	@scripts/install-deps

$(BUILD)/build.ninja:
	@scripts/install-deps
	@./configure --builddir=$(BUILD)

# Everything; the list is also what continuous integration runs.
check: deps all
	@$(TEST) layers maintainers unit tcg qtest functional migration

check-unit check-qtest check-functional check-migration check-tcg check-layers check-maintainers: check-%: deps all
	@$(TEST) $*

# Unit tests and qtests once more, with AddressSanitizer and UndefinedBehaviorSanitizer, in a folder of their own.
check-sanitizers: deps
	@./configure --builddir=$(BUILD)-asan --enable-sanitizers >/dev/null
	@ninja -C $(BUILD)-asan
	@python3 scripts/run-tests --build $(BUILD)-asan unit qtest

# Boot Debian's kernel, run a workload, move it live to a second process.
demo: deps all
	@python3 scripts/demo --build $(BUILD)

install: all
	@meson install -C $(BUILD)

clean:
	@[ ! -f $(BUILD)/build.ninja ] || $(NINJA) clean

distclean:
	rm -rf $(BUILD) $(BUILD)-asan

help:
	@echo "make              build (in $(BUILD)/)"
	@echo "make demo         boot a kernel and migrate it live, with a progress bar"
	@echo "make check        all tests"
	@echo "make check-unit, check-tcg, check-qtest, check-functional, check-migration, check-layers, check-maintainers"
	@echo "make check-sanitizers  unit tests and qtests under ASan and UBSan"
	@echo "make install, clean, distclean"
