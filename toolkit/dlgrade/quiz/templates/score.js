"use strict";
/* Marking and its tools, without the page: for the same answer the same points, feedback and cards as `score` gives
   in Python. Answers have the form that _score.py names; `key` is what a question's sealed part holds (_page.py). */

/* A small generator (sfc32), seeded by a text: it scrambles what is sealed and shuffles the options. */
function generator(text) {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  for (const letter of text) {
    const code = letter.codePointAt(0);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    c = Math.imul(c ^ code, 0xc2b2ae35);
  }
  const next = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 16; round++) next();
  return next;
}

function unseal(sealed, text) {
  const next = generator(text);
  const bytes = Uint8Array.from(atob(sealed), (letter) => letter.charCodeAt(0) ^ (next() & 255));
  return JSON.parse(new TextDecoder().decode(bytes));
}

function shuffled(list, next) {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = next() % (last + 1);
    [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
  }
  return mixed;
}

/* ---- Numbers as people type them: _numbers.py, line by line. */

const NUMBER_HINT = "That is not a number. Write it like 24, 0.75, 3/4 or 1e-3.";
const LONGEST = 60;
const SPACES = "[ \u00a0\u2009\u202f_'\u2019]";
const GROUPED = new RegExp(`^[-+]?[0-9]{1,3}(?:${SPACES}[0-9]{3})+(?![0-9])(?:[.,][0-9]*)?$`);
const FORMS = [
  ["[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+", (digits) => digits],
  ["[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\\.[0-9]*)?", (digits) => digits.replaceAll(",", "")],
  ["[1-9][0-9]{0,2}(?:\\.[0-9]{3})+,[0-9]*|[1-9][0-9]{0,2}(?:\\.[0-9]{3}){2,}",
    (digits) => digits.replaceAll(".", "").replaceAll(",", ".")],
  ["[0-9]+,[0-9]*|,[0-9]+", (digits) => digits.replaceAll(",", ".")],
].map(([whole, english]) => [new RegExp(`^([-+]?)(${whole})((?:[eE][-+]?[0-9]{1,4})?)$`), english]);

function folded(text) {
  return text.toUpperCase().toLowerCase();
}

function typedNumber(text, unit = "") {
  text = text.trim().replace(/[\u2212\u2012\u2013]/g, "-");
  if (unit && folded(text).endsWith(folded(unit))) text = text.slice(0, text.length - unit.length).trimEnd();
  if ([...text].length > LONGEST) return null;
  const bar = text.indexOf("/");
  const top = oneNumber((bar < 0 ? text : text.slice(0, bar)).trim());
  if (bar < 0 || top === null) return top;
  const bottom = oneNumber(text.slice(bar + 1).trim());
  return bottom ? finite(top / bottom) : null;
}

function oneNumber(text) {
  const spaces = new RegExp(SPACES, "g");
  if (spaces.test(text)) {
    if (!GROUPED.test(text)) return null;
    text = text.replace(spaces, "").replaceAll(",", ".");
  }
  for (const [form, english] of FORMS) {
    const found = form.exec(text);
    if (found) return finite(Number(found[1] + english(found[2]) + found[3]));
  }
  return null;
}

function finite(number) {
  return Number.isFinite(number) ? number : null;
}

/* ---- Marks, kind by kind: points, what is said of the whole, and the wrong options taken. */

const NEAR = 1e-9;
const NEAR_WRONG = 0.005;
/* What Python's \s means, and its \w. */
const WORDS = /[\p{L}\p{N}_]+|[^\p{L}\p{N}_\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/gu;
const wordsOf = (text) => JSON.stringify(text.match(WORDS) ?? []);
const unlike = (options) => options.filter((option) => !option.right);
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function near(number, wanted, tolerance) {
  return Math.abs(number - wanted) <= Math.max(tolerance, NEAR * Math.abs(wanted));
}

function markOne(key, place) {
  const taken = unlike([key.options[place]]);
  return [taken.length ? 0 : 1, [], taken];
}

function markSeveral(key, places) {
  const taken = places.map((place) => key.options[place]);
  const right = key.options.filter((option) => option.right).length;
  const wrong = unlike(taken);
  const hits = taken.length - wrong.length;
  const said = hits < right ? [`${counted(right - hits, "right option")} not chosen.`] : [];
  return [Math.max(0, (hits - wrong.length) / right), said, wrong];
}

function markTwoTier(key, [first, second]) {
  const taken = unlike([key.options[first], key.reasons[second]]);
  const alone = key.options[first].right && taken.length;
  const said = alone ? ["The answer is right, the reason is not: it counts only with its reason."] : [];
  return [taken.length ? 0 : 1, said, taken];
}

function markNumber(key, given) {
  const number = typeof given === "string" ? typedNumber(given, key.unit) : given;
  if (near(number, key.number, key.tolerance)) return [1, [], []];
  const away = (wrong) => Math.abs(wrong.value - number);
  const wrong = [...key.wrong].sort((one, other) => away(one) - away(other)).find(({ value }) => {
    const slack = Number.isInteger(value) ? 0 : NEAR_WRONG * Math.abs(value);
    return near(number, value, Math.max(key.tolerance, slack));
  });
  return [0, [], wrong ? [wrong] : []];
}

/* The longest run of places that grows. */
function markOrder(key, places) {
  const ends = [];
  for (const place of places) {
    const spot = ends.findIndex((end) => end >= place);
    ends[spot < 0 ? ends.length : spot] = place;
  }
  const said = `${ends.length} of ${places.length} follow each other in the right order.`;
  return [ends.length / places.length, ends.length < places.length ? [said] : [], []];
}

function markMatch(key, places) {
  const hits = places.filter((place, left) => place === key.pairs[left]).length;
  const said = hits < places.length ? [`${hits} of ${places.length} are matched right.`] : [];
  return [hits / places.length, said, []];
}

function markOutput(key, given) {
  if (key.options) return markOne(key, given);
  return [wordsOf(given) === wordsOf(key.printed) ? 1 : 0, [], []];
}

const MARKS = {
  one: markOne,
  several: markSeveral,
  number: markNumber,
  order: markOrder,
  match: markMatch,
  claim: markOne,
  output: markOutput,
  two_tier: markTwoTier,
  spot: markOne,
};

/* `says` is HTML, from the sealed part or from the sentences above; null as an answer is "I do not know". */
function mark(kind, key, answer) {
  if (kind === "free") {
    const said = answer ? [`${answer.ticked.length} of ${counted(key.ideas.length, "idea")} ticked.`] : [];
    return { points: 0, of: 0, says: said, cards: [] };
  }
  if (answer === null) return { points: 0, of: 1, says: [], cards: key.all_cards };
  const [points, said, taken] = MARKS[kind](key, answer);
  const says = new Set([...said, ...taken.flatMap((option) => option.says)]);
  const cards = new Set([...taken.flatMap((option) => option.cards), ...key.cards]);
  return { points, of: 1, says: [...says], cards: points < 1 ? [...cards] : [] };
}
