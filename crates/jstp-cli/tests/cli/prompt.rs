//! The prompt, driven by keys.

use std::sync::Arc;

use jstp::{Application, Interface, Server, net, value};
use tokio::sync::Notify;

use crate::support::Host;
use crate::temporary::Temporary;
use crate::terminal::{CTRL_C, CTRL_D, ENTER, TAB, Terminal, UP};

async fn ours() -> (Server, String) {
    let host = Host::ours().await;
    let url = host.url();
    let Host::Ours(server) = host else {
        unreachable!("it is ours");
    };
    (server, url)
}

/// A prompt that is connected to a testbed.
async fn connected(url: &str, history: &str) -> Terminal {
    let mut terminal = Terminal::start(history, &["repl", url, "testbed", "meta"]);
    terminal.shows(&["meta: version name", "testbed>"]).await;
    terminal
}

#[tokio::test]
async fn commands_print_their_results_below() {
    for host in Host::both().await {
        let mut terminal = Terminal::start("", &[]);
        terminal.shows(&["jstp>"]).await;
        terminal
            .enter(&format!("connect {} testbed meta", host.url()))
            .await;
        terminal.shows(&["meta: version name", "testbed>"]).await;
        terminal.enter("call echo many").await;
        terminal
            .shows(&["testbed> call echo many", "1", "'two'", "[3]", "testbed>"])
            .await;
        terminal.enter("call calculator divide 1, 0").await;
        terminal
            .shows(&["error: 1 Zero division", "testbed>"])
            .await;
        terminal.enter("disconnect").await;
        terminal.shows(&["disconnected", "jstp>"]).await;
        terminal.press(CTRL_D).await;
        assert_eq!(terminal.end().await, 0);
    }
}

#[tokio::test]
async fn names_are_completed_interfaces_by_asking_for_them() {
    let (_server, url) = ours().await;
    let mut terminal = connected(&url, "").await;
    terminal.press(&format!("ca{TAB}")).await;
    terminal
        .shows_where("the command and its syntax", |lines| {
            lines
                .last()
                .is_some_and(|line| line == "testbed> call INTERFACE METHOD [ARGS]")
        })
        .await;
    terminal.press(&format!("m{TAB}ver{TAB}{ENTER}")).await;
    terminal
        .shows(&["testbed> call meta version", "'2.0.0'", "testbed>"])
        .await;
    // Nobody has asked for this one before.
    terminal
        .press(&format!("call calculator ans{TAB}{ENTER}"))
        .await;
    terminal
        .shows(&["testbed> call calculator answer", "42", "testbed>"])
        .await;
    // Interfaces that were asked for are known, and so are events that came.
    terminal
        .press(&format!("call calc{TAB}a{TAB}{ENTER}"))
        .await;
    terminal
        .shows(&["testbed> call calculator answer", "42", "testbed>"])
        .await;
    terminal.enter("call events emit 'chat', 'said', [1]").await;
    terminal
        .shows_where("the event", |lines| {
            lines.iter().any(|line| line == "event chat.said 1")
        })
        .await;
    terminal.press(&format!("ev{TAB}ch{TAB}sa{TAB}")).await;
    terminal.shows(&["testbed> event chat said"]).await;
}

#[tokio::test]
async fn events_do_not_break_the_line_that_is_typed() {
    let (server, url) = ours().await;
    let mut terminal = connected(&url, "").await;
    terminal.press("call echo echo 'half").await;
    terminal.shows(&["testbed> call echo echo 'half"]).await;
    for number in 0..3 {
        server
            .broadcast("feed", "tick", (number,))
            .await
            .expect("it is sent");
    }
    terminal
        .shows(&[
            "event feed.tick 0",
            "event feed.tick 1",
            "event feed.tick 2",
            "testbed> call echo echo 'half",
        ])
        .await;
    terminal.enter(" and whole'").await;
    terminal
        .shows(&[
            "testbed> call echo echo 'half and whole'",
            "'half and whole'",
            "testbed>",
        ])
        .await;
}

#[tokio::test]
async fn a_flood_of_events_leaves_the_prompt_usable() {
    let (server, url) = ours().await;
    let mut terminal = connected(&url, "").await;
    for number in 0..5000 {
        let value = value!({number: number});
        server
            .broadcast("feed", "tick", (value,))
            .await
            .expect("it is sent");
    }
    terminal.enter("call meta name").await;
    terminal
        .shows_where("the last event", |lines| {
            lines
                .iter()
                .any(|line| line == "event feed.tick {number:4999}")
        })
        .await;
    terminal.enter("call echo echo 'still here'").await;
    terminal.shows(&["'still here'", "testbed>"]).await;
}

#[tokio::test]
async fn unfinished_values_go_on_over_lines() {
    let (_server, url) = ours().await;
    let mut terminal = connected(&url, "").await;
    terminal.enter("call echo echo {a: [1, /* one").await;
    terminal.enter("*/ 2], b: 'x").await;
    terminal.enter("y'}").await;
    terminal.shows(&["{a:[1,2],b:'x\\ny'}", "testbed>"]).await;
}

#[tokio::test]
async fn an_answer_that_takes_long_does_not_hold_the_prompt_back() {
    let done = Arc::new(Notify::new());
    let finished = done.clone();
    let slow = move || {
        let finished = finished.clone();
        async move {
            finished.notified().await;
            "late"
        }
    };
    let interface = Interface::new().method("slow", slow).method("quick", || 42);
    let application = Application::new("app").expect("it is a name");
    let server = net::create_server([application.interface("i", interface)]);
    let server = server.listen("127.0.0.1:0").await.expect("a port is free");
    let url = server.local_address().expect("it listens").to_string();
    let mut terminal = Terminal::start("", &["repl", &url, "app", "i"]);
    terminal.shows(&["i: slow quick", "app>"]).await;
    terminal.enter("call i slow").await;
    terminal.shows(&["app> call i slow", "app>"]).await;
    terminal.enter("call i quick").await;
    terminal.shows(&["app> call i quick", "42", "app>"]).await;
    done.notify_one();
    terminal.shows(&["42", "i.slow gave 'late'", "app>"]).await;
}

#[tokio::test]
async fn lines_are_kept_and_secrets_are_not() {
    let (_server, url) = ours().await;
    let file = Temporary::new("history");
    let path = file.path();
    let mut terminal = connected(&url, path).await;
    terminal.enter("call echo echo [1,").await;
    terminal.enter("2]").await;
    terminal.shows(&["[1,2]", "testbed>"]).await;
    terminal
        .enter(" call echo echo 'with a space before'")
        .await;
    terminal.shows(&["'with a space before'", "testbed>"]).await;
    terminal.enter("call echo echo {password: 'hunter2'}").await;
    terminal.shows(&["{password:'hunter2'}", "testbed>"]).await;
    terminal.enter("login marcus hunter2").await;
    terminal
        .shows_where("a refusal", |lines| {
            lines
                .iter()
                .any(|line| line == "error: the secret is asked for and does not stand here")
        })
        .await;
    terminal.enter("call calculator answer").await;
    terminal.shows(&["42", "testbed>"]).await;
    terminal.press(CTRL_D).await;
    assert_eq!(terminal.end().await, 0);
    let kept = file.read();
    assert_eq!(kept, "call calculator answer\ncall echo echo [1, 2]");

    let mut terminal = connected(&url, path).await;
    terminal.press(UP).await;
    terminal.shows(&["testbed> call calculator answer"]).await;
    terminal.press(&format!("{UP}{ENTER}")).await;
    terminal
        .shows(&["testbed> call echo echo [1, 2]", "[1,2]", "testbed>"])
        .await;
}

#[tokio::test]
async fn a_password_is_asked_for_without_being_shown() {
    let (_server, url) = ours().await;
    let file = Temporary::new("login-history");
    let path = file.path();
    // Without colours there is no highlighting, by which secrets are hidden.
    let variables = [("JSTP_CLI_HISTORY", path), ("NO_COLOR", "1")];
    let arguments = ["repl", &url, "testbed", "--login", "marcus"];
    let mut terminal = Terminal::start_with(&variables, &arguments);
    terminal.shows(&["Password of marcus:"]).await;
    terminal.enter("aurelius").await;
    terminal
        .shows_where("the user", |lines| {
            lines.iter().any(|line| {
                line.starts_with("connected to testbed") && line.ends_with(" as marcus")
            })
        })
        .await;
    terminal.enter("login --strategy token").await;
    terminal
        .shows_where("the question", |lines| {
            lines
                .last()
                .is_some_and(|line| line.starts_with("Credentials for token"))
        })
        .await;
    terminal.enter("'letmein'").await;
    terminal
        .shows(&["`connect` connects again", "testbed>"])
        .await;
    terminal.enter("connect").await;
    terminal
        .shows_where("the new connection", |lines| {
            lines
                .iter()
                .filter(|line| line.starts_with("connected to testbed"))
                .count()
                == 2
        })
        .await;
    terminal.enter("call session username").await;
    terminal.shows(&["'token-user'", "testbed>"]).await;
    let lines = terminal.lines().join("\n");
    assert!(
        !lines.contains("aurelius") && !lines.contains("letmein"),
        "{lines}"
    );
    terminal.press(CTRL_D).await;
    assert_eq!(terminal.end().await, 0);
    let kept = file.read();
    assert!(
        !kept.contains("aurelius") && !kept.contains("letmein"),
        "{kept}"
    );
}

#[tokio::test]
async fn losses_and_reconnects_are_announced() {
    for host in Host::both().await {
        let mut terminal = connected(&host.url(), "").await;
        terminal.enter("call connection drop").await;
        for announcement in ["connection lost: ", "reconnecting to ", "reconnected"] {
            terminal
                .shows_where(announcement, |lines| {
                    lines.iter().any(|line| line.starts_with(announcement))
                })
                .await;
        }
        terminal.enter("call meta name").await;
        terminal
            .shows_where("the name", |lines| lines.contains(&"'testbed'".to_owned()))
            .await;
    }
}

#[tokio::test]
async fn ctrl_c_clears_the_line_and_gives_up_connecting() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    let mut terminal = Terminal::start("", &[]);
    terminal.press("call echo").await;
    terminal.shows(&["jstp> call echo"]).await;
    terminal.press(CTRL_C).await;
    terminal.shows(&["`exit` or Ctrl-D leaves", "jstp>"]).await;
    // It is accepted by the system, and never answered.
    terminal.enter(&format!("connect {address} app")).await;
    let (_silent, _) = listener.accept().await.expect("it connects");
    terminal.press(CTRL_C).await;
    terminal.shows(&["error: given up", "jstp>"]).await;
    terminal.enter("exit").await;
    assert_eq!(terminal.end().await, 0);
}
