//! Help, completions and manual pages.

use crate::support::jstp;

#[tokio::test]
async fn every_shell_gets_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = jstp(&["completions", shell]).await.printed();
        assert!(
            script.contains("jstp") && script.contains("inspect"),
            "{shell}"
        );
    }
}

#[tokio::test]
async fn every_command_gets_a_manual_page() {
    let folder = std::env::temp_dir().join(format!("jstp-man-{}", std::process::id()));
    let path = folder.to_str().expect("the path is text");
    assert_eq!(jstp(&["man", path]).await.printed(), "");
    for page in ["jstp", "jstp-call", "jstp-listen", "jstp-repl"] {
        let page = std::fs::read_to_string(folder.join(format!("{page}.1")));
        assert!(page.expect("the page is there").contains("Examples:"));
    }
    std::fs::remove_dir_all(folder).expect("the folder is there");
    assert!(jstp(&["man"]).await.printed().starts_with(".ie"));
}

#[tokio::test]
async fn help_tells_the_exit_statuses() {
    let help = jstp(&["--help"]).await.printed();
    assert!(help.contains("Exit status: 0 on success"), "{help}");
    assert!(jstp(&["--version"]).await.printed().starts_with("jstp "));
}
