# SPDX-License-Identifier: BSD-2-Clause
"""What the Python tests share: guests, the daemon, servers, a network of their own, reports."""
