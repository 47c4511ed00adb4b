//! Messages as applications send them.

/// How many messages a run takes, one after the other.
pub(crate) const COUNT: usize = 1_000_000;

const INTERFACES: [&str; 5] = ["auth", "accounts", "chat", "calculator", "storage"];
const METHODS: [&str; 8] = [
    "getUser",
    "list",
    "save",
    "authenticate",
    "subscribe",
    "update",
    "find",
    "remove",
];
const TEXTS: [&str; 8] = [
    "Marcus",
    "hello world",
    "Kiev",
    "the quick brown fox",
    "O(n)",
    "Привіт",
    "2016-10-18T12:00:00Z",
    "ok",
];

/// Numbers that look random, but are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        let at = self.below(choices.len() as u64);
        choices[usize::try_from(at).unwrap_or_default()]
    }
}

/// So many messages: two fifths calls, about as many callbacks, events, and a few pings and pongs.
pub(crate) fn make(count: usize) -> Vec<String> {
    let mut numbers = Numbers(88_172_645_463_325_252);
    (1..=count).map(|id| message(&mut numbers, id)).collect()
}

fn message(numbers: &mut Numbers, id: usize) -> String {
    let (interface, method) = (numbers.one_of(&INTERFACES), numbers.one_of(&METHODS));
    let (text, other) = (numbers.one_of(&TEXTS), numbers.one_of(&TEXTS));
    let number = numbers.below(100_000);
    match numbers.below(20) {
        0..=5 => format!(
            "{{call:[{id},'{interface}'],{method}:['{text}',{number},{{id:{id},name:'{other}',active:true}}]}}"
        ),
        6..=7 => format!("{{call:[{id},'{interface}'],{method}:[]}}"),
        8..=12 => format!(
            "{{callback:[{id}],ok:[{{id:{number},name:'{text}',balance:{number}.5,tags:['{other}','{method}']}}]}}"
        ),
        13 => format!("{{callback:[{id}],ok:[{number}]}}"),
        14 => format!("{{callback:[{id}],error:[{},'{text}']}}", 10 + number % 7),
        15..=17 => format!("{{event:[-{id},'{interface}'],{method}:['{text}','{other}']}}"),
        18 => format!("{{ping:[{id}]}}"),
        _ => format!("{{pong:[{id}]}}"),
    }
}
