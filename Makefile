# SPDX-License-Identifier: GPL-2.0-or-later
# What people type. The build itself is meson's; this installs what is missing, configures once and calls it.

BUILD ?= build
NINJA = ninja -C $(BUILD)
TEST = python3 scripts/run-tests --build $(BUILD)

.PHONY: all deps check check-unit check-qtest check-functional check-migration check-tcg check-layers \
        fuzz-fields fuzz-device fuzz-stream check-maintainers check-sanitizers check-tsan check-migration-50 check-hotplug-100 check-memory-random bench-memory bench-tcg demo install clean distclean help

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

# 50 moves of a busy 1 GB guest, some minutes.
check-migration-50: deps all
	@SWITCHOVER_BUILD=$(abspath $(BUILD)) python3 tests/migration/test_live.py --verbose --rounds 50 --ram 1024 --mem 48 \
		--guest pc-q35-7.2,2 $(BUILD)/tests/migration/migration-workload

# A million random topology operations against the reference renderer, under ASan and UBSan and then under TSan.
check-memory-random: deps
	@for s in asan:--enable-sanitizers tsan:--enable-tsan; do \
		d=$(BUILD)-$${s%%:*}; \
		./configure --builddir=$$d $${s#*:} >/dev/null && ninja -C $$d tests/unit/test-memory-random && \
		MEMORY_TEST_OPS=1000000 TSAN_OPTIONS=suppressions=$(CURDIR)/tests/tsan.supp:halt_on_error=1 \
			$$d/tests/unit/test-memory-random -k || exit 1; \
	done

# What 0 to 1000 devices cost, beside the peer: figures, pictures, JSON in $(BUILD)/bench.
bench-memory: deps all
	@scripts/install-deps bench
	@python3 tests/bench/bench-memory.py --build $(BUILD)

# Software emulation, row by row, natively, here and by the peer; figures, picture, JSON in $(BUILD)/bench.
bench-tcg: deps all
	@scripts/install-deps bench
	@python3 tests/bench/bench-tcg.py --build $(BUILD)

# 100 devices come and go below a running Linux, ten times, on pc and q35; some minutes.
check-hotplug-100: deps all
	@SWITCHOVER_BUILD=$(abspath $(BUILD)) python3 tests/functional/test_hotplug.py --devices 100 --rounds 10

# 200 moves of a guest that writes to an NVMe disk, reads back and compares; half an hour.
check-migration-nvme: deps all
	@SWITCHOVER_BUILD=$(abspath $(BUILD)) python3 tests/migration/test_live.py --verbose --rounds 200 --ram 256 --mem 32 \
		--rate 100 --disk nvme --churn --guest pc-q35-7.2,2 $(BUILD)/tests/migration/migration-workload

# libFuzzer under both sanitizers, in a folder of their own; needs clang. RUNS=1000000 for more.
RUNS = 100000
fuzz-fields fuzz-device fuzz-stream: fuzz-%: deps
	@./configure --builddir=$(BUILD)-fuzz --cc=clang --enable-fuzzing >/dev/null
	@ninja -C $(BUILD)-fuzz tests/vmstate/fuzz-$* tests/vmstate/vmstate-machine
	@python3 tests/vmstate/fuzzing.py run $(BUILD)-fuzz $* $(RUNS)

# Unit tests of what has threads, with ThreadSanitizer, in a folder of their own.
check-tsan: deps
	@./configure --builddir=$(BUILD)-tsan --enable-tsan >/dev/null
	@ninja -C $(BUILD)-tsan threaded-unit-tests
	@python3 scripts/run-tests --build $(BUILD)-tsan threads

# Boot Debian's kernel, run a workload, move it live to a second process.
demo: deps all
	@python3 scripts/demo --build $(BUILD)

install: all
	@meson install -C $(BUILD)

clean:
	@[ ! -f $(BUILD)/build.ninja ] || $(NINJA) clean

distclean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-fuzz

help:
	@echo "make              build (in $(BUILD)/)"
	@echo "make demo         boot a kernel and migrate it live, with a progress bar"
	@echo "make check        all tests"
	@echo "make check-unit, check-tcg, check-qtest, check-functional, check-migration, check-layers, check-maintainers"
	@echo "make check-migration-50  50 live migrations in a row of a busy guest"
	@echo "make check-memory-random  a million random topology operations under ASan, UBSan and TSan"
	@echo "make bench-memory what 0 to 1000 devices cost, beside qemu-system-x86_64 7.2"
	@echo "make bench-tcg    software emulation: native, ours, the peer's"
	@echo "make check-hotplug-100  100 devices hot-plugged and removed, ten times, below a guest under I/O"
	@echo "make check-migration-nvme  200 live migrations of a guest writing to NVMe"
	@echo "make check-sanitizers  unit tests and qtests under ASan and UBSan"
	@echo "make fuzz-fields, fuzz-device, fuzz-stream  fuzz state descriptions and streams (clang; RUNS=100000)"
	@echo "make check-tsan   unit tests of what has threads, under TSan"
	@echo "make install, clean, distclean"
