/* The controls of a question: what the learner has given, put back after a reload, shuffled, moved. What is given
   counts in the order of the page's source; `answerFrom` turns it into an answer as `mark` reads it. */

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const tierOf = (question, number) => find(`fieldset[data-tier="${number}"]`, question);
const checked = (fieldset) => all(":checked", fieldset).map((one) => Number(one.value));
const choose = (fieldset, values) => {
  all("input", fieldset).forEach((one) => (one.checked = values.includes(Number(one.value))));
};

const single = {
  read: (question) => checked(tierOf(question, 0))[0] ?? null,
  write: (question, given) => choose(tierOf(question, 0), [given]),
  missing: (given) => (given === null ? "Choose an answer first." : ""),
  answer: (key, given) => key.places[given],
};
const typed = {
  read: (question) => find("form input, form textarea", question).value,
  write: (question, given) => (find("form input, form textarea", question).value = given),
  missing: (given) => (given.trim() ? "" : "Write an answer first."),
  answer: (key, given) => given,
};
const controls = {
  one: single,
  spot: single,
  output: typed,
  free: { ...typed, answer: (key, given, ticked) => ({ text: given, ticked }) },
  number: {
    ...typed,
    missing: (given, key) => typed.missing(given) || (typedNumber(given, key.unit) === null ? NUMBER_HINT : ""),
  },
  several: {
    read: (question) => checked(tierOf(question, 0)),
    write: (question, given) => choose(tierOf(question, 0), given),
    missing: (given) => (given.length ? "" : "Choose at least one answer first."),
    answer: (key, given) => given.map((value) => key.places[value]),
  },
  order: {
    read: (question) => all(".order > li", question).map((one) => Number(one.dataset.value)),
    write: (question, given) => {
      const list = find(".order", question);
      given.forEach((value) => list.append(find(`:scope > [data-value="${value}"]`, list)));
      showEnds(list);
    },
    missing: () => "",
    answer: (key, given) => given.map((value) => key.places[value]),
  },
  match: {
    read: (question) => all("select", question).map((one) => (one.value === "" ? null : Number(one.value))),
    write: (question, given) => all("select", question).forEach((one, place) => (one.value = given[place] ?? "")),
    missing: (given) => (given.every((value) => value === null) ? "Choose something first." : ""),
    answer: (key, given) => given.map((value) => (value === null ? null : key.places[value])),
  },
  two_tier: {
    read: (question) => [0, 1].map((tier) => checked(tierOf(question, tier))[0] ?? null),
    write: (question, given) => [0, 1].forEach((tier) => choose(tierOf(question, tier), [given[tier]])),
    missing: (given, key, committed) => {
      if (given[0] === null) return "Choose an answer first.";
      return committed && given[1] === null ? "Choose the reason first." : "";
    },
    answer: (key, given) => [key.places[given[0]], key.reason_places[given[1]]],
  },
};
const controlOf = (question) => controls[question.dataset.form];

function answerFrom(question, key, state) {
  if (state.given === null) return null;
  return controlOf(question).answer(key, state.given, state.ticks ?? []);
}

/* ---- Order of what is shown. */

function shuffle(question, key, seed) {
  const next = generator(`${seed}/${question.id}`);
  all("[data-shuffle=yes]", question).forEach((list) => {
    const sorted = [...list.children].sort((one, other) => one.dataset.value - other.dataset.value);
    const mixed = shuffled(sorted, next);
    const places = mixed.map((one) => key.places[one.dataset.value]);
    // What lies in order already would need no thought.
    if (list.matches(".order") && places.every((place, at) => place === at)) mixed.reverse();
    list.append(...mixed);
    if (list.matches(".order")) showEnds(list);
  });
  const selects = all("select", question);
  if (!selects.length) return;
  const values = [...selects[0].options].slice(1).map((one) => one.value).sort((one, other) => one - other);
  const mixed = shuffled(values, next);
  selects.forEach((select) => select.append(...mixed.map((value) => find(`[value="${value}"]`, select))));
}

/* At the ends a button has nothing to do. It is not disabled, since it would lose the focus. */
function showEnds(list) {
  all(":scope > li", list).forEach((item, place, items) => {
    find('[data-move="-1"]', item).setAttribute("aria-disabled", place === 0);
    find('[data-move="1"]', item).setAttribute("aria-disabled", place === items.length - 1);
  });
}

/* Moves an item of a list by one place, keeps the focus on the button, and says where the item is now. */
function move(button) {
  const item = button.closest("li");
  const items = [...item.parentElement.children];
  const place = items.indexOf(item) + Number(button.dataset.move);
  if (place >= 0 && place < items.length) {
    if (button.dataset.move === "1") items[place].after(item);
    else items[place].before(item);
    showEnds(item.parentElement);
    button.focus();
  }
  const now = [...item.parentElement.children].indexOf(item) + 1;
  return `${find(".words", item).textContent}: now ${now} of ${items.length}`;
}
