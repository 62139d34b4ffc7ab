/* SPDX-License-Identifier: MIT */
/*
 * color: sequences for terminals (ECMA-48, SGR); nothing when colour is off.
 */
#pragma once

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"
