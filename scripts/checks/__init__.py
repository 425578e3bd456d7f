# SPDX-License-Identifier: BSD-2-Clause
"""The static checks behind scripts/check-style, one module for each subject."""
