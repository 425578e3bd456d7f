# SPDX-License-Identifier: BSD-2-Clause
"""The benchmarks that tests/bench/run offers; each returns title, table, values, missed goals."""
