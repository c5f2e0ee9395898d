//! The web over real sockets: bounds, headers, addresses, pages.

mod answers;
mod bounds;
mod bridge;
mod browser;
mod serving;
