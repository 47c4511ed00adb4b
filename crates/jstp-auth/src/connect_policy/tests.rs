use std::sync::Arc;

use super::{ConnectPolicy, ConnectPolicyError, ConnectRequest, SimpleConnectPolicy};
use crate::testing::block_on;
use crate::{Credentials, Strategy, StrategyNameError};

fn ask(policy: impl ConnectPolicy) -> Result<Strategy, ConnectPolicyError> {
    let policy: Arc<dyn ConnectPolicy> = Arc::new(policy);
    block_on(policy.strategy(ConnectRequest::new("app", Some("^1.0"), None)))
}

#[test]
fn the_simple_policy_gives_its_strategy() {
    assert!(matches!(
        ask(SimpleConnectPolicy::default()).unwrap(),
        Strategy::Anonymous
    ));
    assert!(matches!(
        ask(SimpleConnectPolicy::anonymous()).unwrap(),
        Strategy::Anonymous
    ));
    let login = ask(SimpleConnectPolicy::login("ada", "engine")).unwrap();
    assert!(
        matches!(login, Strategy::Login { user, password } if user == "ada" && password == "engine")
    );
    let custom = SimpleConnectPolicy::custom("token", Credentials::parse("1").unwrap()).unwrap();
    assert_eq!(ask(custom).unwrap().name(), "token");
}

#[test]
fn the_simple_policy_refuses_names_that_no_strategy_can_have() {
    let credentials = Credentials::parse("1").unwrap();
    let empty = SimpleConnectPolicy::custom("", credentials.clone()).unwrap_err();
    assert_eq!(empty, StrategyNameError::Empty);
    assert!(SimpleConnectPolicy::custom("session", credentials).is_err());
}

#[test]
fn async_closures_are_policies_and_see_the_request() {
    let policy = async |request: ConnectRequest<'static>| -> Result<_, ConnectPolicyError> {
        let version = request
            .version()
            .ok_or_else(|| ConnectPolicyError::new("no version"))?;
        Ok(Strategy::login(request.application(), version))
    };
    let strategy = ask(policy).unwrap();
    assert_eq!(
        strategy.handshake().unwrap().1.as_raw().as_str(),
        "['app','^1.0']"
    );
    let refused = block_on(policy.strategy(ConnectRequest::new("app", None, Some("id"))));
    assert_eq!(refused.unwrap_err().to_string(), "no version");
}

#[test]
fn the_debug_form_of_a_request_hides_the_session() {
    let request = ConnectRequest::new("app", None, Some("secret"));
    let shown = format!("{request:?}");
    assert!(shown.contains("has_session: true"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn errors_of_a_policy_keep_their_source() {
    let error = ConnectPolicyError::new(std::io::Error::other("no keyring"));
    assert_eq!(error.to_string(), "no keyring");
    assert!(error.into_inner().downcast::<std::io::Error>().is_ok());
}
