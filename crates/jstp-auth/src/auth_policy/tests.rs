use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jstp_wire::RemoteError;

use super::{AuthError, AuthPolicy, AuthRequest};
use crate::Credentials;
use crate::testing::block_on;

fn request(strategy: &str, credentials: &str) -> AuthRequest {
    AuthRequest::new(
        strategy,
        Credentials::parse(credentials).unwrap(),
        "app",
        "1.0.0",
    )
}

fn ask(policy: impl AuthPolicy, request: &AuthRequest) -> Result<String, AuthError> {
    let policy: Arc<dyn AuthPolicy> = Arc::new(policy);
    block_on(policy.authenticate(request))
}

async fn by_name(request: AuthRequest) -> Result<String, AuthError> {
    request
        .credentials
        .deserialize()
        .map_err(|_| AuthError::Denied)
}

struct Always(&'static str);

#[async_trait]
impl AuthPolicy for Always {
    async fn authenticate(&self, _request: &AuthRequest) -> Result<String, AuthError> {
        Ok(self.0.to_owned())
    }
}

#[test]
fn functions_and_async_closures_are_policies() {
    assert_eq!(
        ask(by_name, &request("name", "'ada'")).as_deref(),
        Ok("ada")
    );
    assert_eq!(ask(by_name, &request("name", "7")), Err(AuthError::Denied));
    let closure = async |request: AuthRequest| -> Result<String, AuthError> {
        let from = request.peer_address.ok_or(AuthError::Denied)?;
        Ok(format!("{}@{from}", request.strategy))
    };
    let request = request("by-address", "1").with_peer_address(Some("::1".to_owned()));
    assert_eq!(ask(closure, &request).as_deref(), Ok("by-address@::1"));
}

#[test]
fn closures_may_share_what_they_capture() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let closure = move |_: AuthRequest| {
        let counter = Arc::clone(&counter);
        async move { Ok(format!("user {}", counter.fetch_add(1, Ordering::Relaxed))) }
    };
    assert_eq!(ask(closure, &request("any", "1")).as_deref(), Ok("user 0"));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn types_and_shared_policies_are_policies() {
    let shared: Arc<dyn AuthPolicy> = Arc::new(Always("marcus"));
    assert_eq!(ask(shared, &request("any", "1")).as_deref(), Ok("marcus"));
}

#[test]
fn a_denied_client_gets_code_11_and_a_remote_error_travels_as_it_is() {
    assert_eq!(
        AuthError::Denied.into_remote().code(),
        Some(RemoteError::AUTH_FAILED)
    );
    let own = RemoteError::new(1_000, "locked out");
    let error: AuthError = own.clone().into();
    assert_eq!(error.to_string(), own.to_string());
    assert_eq!(error.into_remote(), own);
}

#[test]
fn debug_of_a_request_hides_its_credentials() {
    let shown = format!("{:?}", request("login", "['marcus', 'secret']"));
    assert!(
        shown.contains("login") && !shown.contains("secret"),
        "{shown}"
    );
}
