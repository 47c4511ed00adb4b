//! The page of the chat example in a real browser: headless Chromium, driven by its `DevTools` protocol. The
//! page uses the npm package's own browser bundle.

#[path = "browser/chromium.rs"]
mod chromium;
#[path = "browser/devtools.rs"]
mod devtools;
#[path = "browser/page.rs"]
mod page;
#[path = "support/relay.rs"]
mod relay;
#[path = "../examples/chat/room.rs"]
mod room;
#[path = "browser/site.rs"]
mod site;
#[path = "browser/story.rs"]
mod story;
#[path = "../examples/chat/web.rs"]
mod web;
