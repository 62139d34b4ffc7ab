/* SPDX-License-Identifier: MIT */
/*
 * exit: the exit codes, on which timers, scripts and monitoring rely.
 */
#pragma once

enum exit_code {
	EXIT_DONE = 0, /* done, or nothing to do */
	EXIT_ERROR = 1, /* something could not be done */
	EXIT_CHANGES = 2, /* plan: there are changes (like terraform plan -detailed-exitcode) */
	EXIT_DEGRADED = 3, /* status: something desired does not work */
	EXIT_USAGE = 64, /* the command line is wrong (EX_USAGE of sysexits.h) */
	EXIT_INPUT = 65, /* a file is wrong, nothing was done (EX_DATAERR) */
	EXIT_LOCKED = 75, /* another run is under way (EX_TEMPFAIL) */
	EXIT_INTERRUPTED = 130, /* by SIGINT between two runs: 128 + 2, as in shells */
	EXIT_TERMINATED = 143, /* wait: by SIGTERM: no reason for another run */
};
