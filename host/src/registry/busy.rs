//! Registries that are busy and say so: they are asked again, a few times and soon, as they wish.

use std::time::Duration;

use ureq::Body;
use ureq::http::{Response, StatusCode, header};

/// How often something is asked in all.
const TRIES: u32 = 4;
/// Seconds that are waited at most; who asks for more time is not asked again.
const MOST: u64 = 20;

/// How long to wait before the same is asked again, after so many times; none if it is not to be.
pub fn pause(answer: &Response<Body>, tries: u32) -> Option<Duration> {
    if !is_busy(answer.status()) || tries >= TRIES {
        return None;
    }
    let wait = wish(answer).unwrap_or(1 << (tries - 1));
    (wait <= MOST).then(|| Duration::from_secs(wait))
}

/// Whether a status says that the same may go well later.
pub fn is_busy(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// After how many seconds it wants to be asked again. A date, which is as good, nobody sends for a short time.
pub fn wish(answer: &Response<Body>) -> Option<u64> {
    answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}
