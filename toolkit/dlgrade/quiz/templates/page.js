/* The page: puts the learner's answers into `mark`, shows what comes back, and keeps everything on this device. */

const page = document.body.dataset;
const questions = all(".question");
const secrets = new Map(questions.map((one) => [one, unseal(one.dataset.sealed, `${page.key}/${one.id}`)]));
const titleOf = (question) => find("h2", question).textContent;

/* ---- What is kept: the seed of the shuffle and the answers; in the browser, or where it refuses, until closed. */

const shelf = `dlgrade quiz ${page.bank} ${page.key}`;
let kept = { seed: page.key, answers: {} };

function recall() {
  try {
    const found = JSON.parse(localStorage.getItem(shelf));
    if (typeof found?.seed === "string" && found.answers instanceof Object) kept = found;
  } catch (refusal) {
    if (refusal instanceof SyntaxError) return;
    find("#forgetful").hidden = false;
  }
}

function keep() {
  try {
    localStorage.setItem(shelf, JSON.stringify(kept));
  } catch {
    find("#forgetful").hidden = false;
  }
}

function stateOf(question) {
  return (kept.answers[question.id] ??= {});
}

/* ---- Small makers. HTML comes from the sealed parts alone, where dlgrade.markup has escaped it. */

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function rich(tag, className, html) {
  const made = element(tag, className);
  made.innerHTML = html;
  return made;
}

function say(text) {
  find("#live").textContent = text;
}

/* `1` and `0.67`, as the terminal writes them. */
function amount(points) {
  return String(Number(points.toFixed(2)));
}

function points(number) {
  return `${amount(number)} ${number === 1 ? "point" : "points"}`;
}

/* ---- Feedback. */

const VERDICTS = {
  right: "Right",
  part: "Partly right",
  wrong: "Not right",
  missed: "You did not know",
  told: "What a good answer has",
};

function verdict(question, marked) {
  if (question.dataset.form === "free") return "told";
  if (stateOf(question).given === null) return "missed";
  return marked.points >= 1 ? "right" : marked.points > 0 ? "part" : "wrong";
}

/* Says at each choice what it was. `answer` is null where the learner did not know. */
function labelMarks(question, key, answer) {
  const form = question.dataset.form;
  if (form === "match") return labelPairs(question, key, answer);
  const first = form === "two_tier" ? [answer?.[0]] : [answer].flat();
  if (key.options) labelTier(question, 0, key.options, key.places, first);
  if (key.reasons) labelTier(question, 1, key.reasons, key.reason_places, [answer?.[1]]);
}

function labelTier(question, tier, options, places, taken) {
  const missed = { several: "right, not chosen", spot: "the faulty line" }[question.dataset.form] ?? "the right answer";
  const words = tier ? ["your reason", "the right reason"] : ["your answer", missed];
  places.forEach((place, value) => {
    const { right } = options[place];
    const mine = taken.includes(place);
    if (!mine && !right) return;
    const label = find(`[data-value="${value}"]`, tierOf(question, tier));
    label.classList.add(right ? "right" : "wrong");
    find(".mark", label).textContent = mine ? `${words[0]}: ${right ? "right" : "wrong"}` : words[1];
  });
}

function labelPairs(question, key, answer) {
  all(".pair", question).forEach((pair, place) => {
    const right = key.pairs[place];
    const hit = answer?.[place] === right;
    pair.classList.add(hit ? "right" : "wrong");
    const mark = find(".mark", pair);
    const lead = answer?.[place] == null ? "right is: " : "wrong, right is: ";
    if (hit) mark.textContent = "right";
    else mark.replaceChildren(lead, rich("span", "", key.sides[right]));
  });
}

function clearMarks(question) {
  all(".right, .wrong", question).forEach((one) => one.classList.remove("right", "wrong"));
  all(".mark", question).forEach((one) => (one.textContent = ""));
  find(".feedback", question)?.remove();
}

function feedback(question, marked) {
  const key = secrets.get(question);
  const kind = verdict(question, marked);
  const box = element("div", `feedback ${kind}`);
  const heading = element("h3", "", VERDICTS[kind]);
  if (kind === "part") heading.textContent += `: ${amount(marked.points)} of 1 point`;
  heading.tabIndex = -1;
  box.append(heading);
  if (kind === "told") box.append(...ideas(question, key));
  else marked.says.forEach((html) => box.append(rich("div", "said words", html)));
  if (key.show_right && (kind !== "right" || question.dataset.form === "spot")) {
    box.append(element("h4", "", "The right answer"), rich("div", "words", key.right));
  }
  if (key.because) box.append(element("h4", "", "Why"), rich("div", "words", key.because));
  if (marked.cards.length) box.append(cardLine(marked.cards));
  box.append(nextLine());
  return box;
}

function cardLine(cards) {
  const line = element("p", "cards", cards.length === 1 ? "Card to review: " : "Cards to review: ");
  cards.forEach((card, place) => line.append(place ? ", " : "", element("code", "", card)));
  return line;
}

/* A reflection is never right or wrong: the learner ticks what the answer had. */
function ideas(question, key) {
  const fields = element("fieldset");
  fields.append(element("legend", "", "Tick what you wrote"));
  key.ideas.forEach((html, place) => {
    const label = element("label", "choice");
    const box = element("input");
    Object.assign(box, { type: "checkbox", value: place, checked: (stateOf(question).ticks ?? []).includes(place) });
    label.append(box, rich("span", "words", html));
    fields.append(label);
  });
  fields.addEventListener("change", () => {
    stateOf(question).ticks = checked(fields);
    keep();
    say(`${checked(fields).length} of ${key.ideas.length} ideas`);
  });
  return key.compare ? [fields, comparison(key.compare)] : [fields];
}

function comparison(id) {
  const line = element("p", "", "Compare it with your result in ");
  line.append(element("code", "", id));
  try {
    const found = JSON.parse(localStorage.getItem(`dlgrade result ${id}`));
    if (found) line.append(`: ${amount(found.points)} of ${points(found.of)} on ${found.day}`);
  } catch { /* nothing is kept here: the name of the quiz must do */ }
  line.append(".");
  return line;
}

function nextLine() {
  const line = element("p", "actions");
  const link = element("a", "next", "Next question");
  link.href = "#result-title";
  line.append(link);
  return line;
}

/* ---- From answering to the result. */

const isDone = (question) => Boolean(kept.answers[question.id]?.done);
const marks = new Map();

/* Brings a question into the state that is kept: open, committed to an answer, or marked. */
function settle(question) {
  const state = stateOf(question);
  const reason = find(".reason", question);
  if (reason) {
    reason.hidden = !state.committed;
    find("[type=submit]", question).textContent = state.committed ? "Check" : "Go on to the reason";
  }
  all("fieldset", question).forEach((one) => {
    one.disabled = Boolean(state.done || (state.committed && one.dataset.tier === "0"));
  });
  find("form > .actions", question).hidden = Boolean(state.done);
  find(".hint", question).textContent = "";
  marks.delete(question);
  clearMarks(question);
  if (!state.done) return;
  const key = secrets.get(question);
  const answer = answerFrom(question, key, state);
  marks.set(question, mark(question.dataset.kind, key, answer));
  labelMarks(question, key, answer);
  question.append(feedback(question, marks.get(question)));
}

function check(question) {
  const state = stateOf(question);
  const given = controlOf(question).read(question);
  const missing = controlOf(question).missing(given, secrets.get(question), state.committed);
  find(".hint", question).textContent = missing;
  if (missing) return;
  state.given = given;
  if (question.dataset.form === "two_tier" && !state.committed) commit(question);
  else finish(question);
}

function commit(question) {
  stateOf(question).committed = true;
  settle(question);
  keep();
  find(".reason h3", question).focus();
  say("Your answer is kept and cannot be changed.");
}

function giveUp(question) {
  stateOf(question).given = null;
  finish(question);
}

function finish(question) {
  stateOf(question).done = true;
  settle(question);
  keep();
  summarise();
  find(".feedback h3", question).focus({ preventScroll: true });
  find(".feedback", question).scrollIntoView({ block: "nearest" });
  say(`${titleOf(question)}: ${earned(question)}. ${soFar()}.`);
}

function earned(question) {
  return question.dataset.form === "free" ? "noted" : `${amount(marks.get(question).points)} of 1 point`;
}

function soFar() {
  const done = questions.filter(isDone).length;
  return `${done} of ${questions.length} answered`;
}

function total(chosen) {
  const counted = chosen.filter((one) => one.dataset.form !== "free");
  const sum = counted.reduce((so, one) => so + (marks.get(one)?.points ?? 0), 0);
  return { points: sum, of: counted.length, open: counted.filter((one) => !isDone(one)).length };
}

function summarise() {
  const { points: sum, of } = total(questions);
  const open = questions.filter((one) => !isDone(one));
  find("#so-far").textContent = `${soFar()}${of ? `, ${points(sum)}` : ""}`;
  all(".segments i").forEach((one, place) => {
    const marked = marks.get(questions[place]);
    one.className = marked ? verdict(questions[place], marked) : "";
  });
  pointOnward(open);
  find("#score").replaceChildren(element("strong", "", amount(sum)), ` of ${points(of)}`);
  find("#left").textContent = open.length
    ? `${open.length} of ${questions.length} questions are open; they count as nothing so far.`
    : "All questions are answered.";
  all(".totals li").forEach((row) => {
    const part = total(questions.filter((one) => one.dataset.objective === row.dataset.objective));
    const stillOpen = part.open ? `, ${part.open} open` : "";
    find(".num", row).textContent = part.of ? `${amount(part.points)} of ${part.of}${stillOpen}` : "not counted";
    find(".gauge", row).hidden = !part.of;
    find(".gauge i", row).style.width = `${part.of ? (100 * part.points) / part.of : 0}%`;
  });
  const cards = reviewed();
  find("#review").hidden = !cards.length;
  find("#review pre code").textContent = ["dlgrade deck export", ...cards.map((card) => `--card ${card}`)].join(" ");
  find("#review ul").replaceChildren(...cards.map((card) => {
    const item = element("li");
    item.append(element("code", "", card));
    return item;
  }));
  if (!open.length) remember(sum, of);
}

function reviewed() {
  return [...new Set(questions.flatMap((one) => marks.get(one)?.cards ?? []))];
}

/* Every link onward leads to the next open question, or to the result where there is none. */
function pointOnward(open) {
  const point = (link, target, words) => {
    link.textContent = target ? words : "Your result";
    link.href = `#${target ? target.id : "result"}-title`;
  };
  point(find("#open"), open[0], "Next open");
  questions.forEach((question, place) => {
    const link = find(".next", question);
    if (link) point(link, questions.slice(place + 1).find((one) => !isDone(one)) ?? open[0], "Next question");
  });
}

/* A reflection in another quiz may show this result beside it. */
function remember(sum, of) {
  if (!of) return;
  try {
    const day = new Date().toISOString().slice(0, 10);
    localStorage.setItem(`dlgrade result ${page.bank}`, JSON.stringify({ points: sum, of, day }));
  } catch { /* said at the top of the page */ }
}

function resultText() {
  const { points: sum, of } = total(questions);
  const lines = [`${page.title} (${page.bank}): ${amount(sum)} of ${points(of)}, ${soFar()}`];
  all(".totals li").forEach((row) => {
    lines.push(`- ${row.firstElementChild.textContent}: ${find(".num", row).textContent}`);
  });
  const cards = reviewed();
  if (cards.length) lines.push(`Cards to review: ${cards.join(", ")}`);
  return lines.join("\n");
}

async function copy() {
  try {
    await navigator.clipboard.writeText(resultText());
    find("#copy").textContent = "Copied";
    say("The result is copied.");
  } catch {
    // A browser that does not let pages copy: then the text lies there selected.
    const field = find("#copied");
    field.value = resultText();
    field.hidden = false;
    field.focus();
    field.select();
    say("The text is selected: copy it.");
  }
}

function startAgain() {
  find("#sure").close();
  find("#copied").hidden = true;
  find("#copy").textContent = "Copy the result";
  beginAfresh(`${page.key} ${Math.random()}`);
  keep();
  find("h1").focus();
  window.scrollTo(0, 0);
  say("Started again. The options are shuffled anew.");
}

/* ---- Beginning. */

function begin() {
  questions.forEach((question) => {
    shuffle(question, secrets.get(question), kept.seed);
    const { given } = stateOf(question);
    if (given !== undefined && given !== null) controlOf(question).write(question, given);
    settle(question);
  });
  summarise();
}

function beginAfresh(seed) {
  kept = { seed, answers: {} };
  all("form").forEach((form) => form.reset());
  begin();
}

function draft(question) {
  stateOf(question).given = controlOf(question).read(question);
  find(".hint", question).textContent = "";
  keep();
}

function listen(question) {
  const form = find("form", question);
  form.addEventListener("input", () => draft(question));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check(question);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.move) {
      say(move(button));
      draft(question);
    } else if (button?.matches(".unknown")) giveUp(question);
  });
}

recall();
questions.forEach(listen);
find("#copy").addEventListener("click", copy);
find("#again").addEventListener("click", () => find("#sure").showModal());
find("#keep").addEventListener("click", () => find("#sure").close());
find("#erase").addEventListener("click", startAgain);
all(".progress, .result").forEach((one) => (one.hidden = false));
try {
  begin();
} catch {
  beginAfresh(page.key); // what was kept does not fit this page
}
