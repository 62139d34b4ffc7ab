/* SPDX-License-Identifier: MIT */
/*
 * service: notifications for a service manager, see sd_notify(3).
 */
#pragma once

/* Sends state, lines such as "READY=1", to NOTIFY_SOCKET. Does nothing if that is not set;
 * failing to send is not an error of the run. */
void service_notify(const char *state);
