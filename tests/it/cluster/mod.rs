//! Several `serve` processes, a real Redis, and a real balancer that sends each request anywhere:
//! one bridge. Nodes come and go, keys roll, Redis fails in every way, and nothing is used twice.
//!
//! Must never: keep a browser with its node, or call a login fine that only one node saw.

mod nodes;
mod party;
mod redis;
mod rolling;
mod secured;
mod secured_pair;
mod sentinel;
