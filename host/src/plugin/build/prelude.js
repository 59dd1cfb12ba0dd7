// What comes before a plugin's own modules: there is no clock and no randomness, and whoever asks for them is told, rather than given what they
// were when the plugin was built.

/** @param {string} what */
const refuse = (what) => () => {
  const error = new Error(`a plugin has no ${what}: the same objects always get the same answer`);
  // Whoever asked comes first.
  error.stack = error.stack?.replace(/^.*prelude\.js.*\n/gm, "");
  throw error;
};

Math.random = refuse("randomness");
Date.now = refuse("clock");
delete globalThis.performance;
globalThis.Date = new Proxy(Date, {
  apply: refuse("clock"),
  construct: (date, given, target) => (given.length === 0 ? refuse("clock")() : Reflect.construct(date, given, target)),
});
