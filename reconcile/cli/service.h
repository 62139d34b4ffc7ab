/* SPDX-License-Identifier: MIT */
/*
 * service: what a service manager is notified of, see sd_notify(3).
 */
#pragma once

/* Sends state, lines such as "READY=1", to NOTIFY_SOCKET. Nothing where there is none;
 * what cannot be sent is not an error of the run. */
void service_notify(const char *state);
