// Which questions are asked, as surveys/conditions.py and surveys/rules.py decide it; one table of cases runs through
// both (tests/surveys/test_tablet.py). `items`: {id, rules: [{any, when: [[item, operator, answer]]}], weights: {code:
// number or null}} in their order; `answers`: {item: code}, "" where it was skipped.
const ORDERED = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

function weight(item, code) {
  const found = item && item.weights[code];
  return found === undefined ? null : found;
}

function isSame(answer, item, given) {
  if (typeof answer === 'string') return given === answer;
  const ours = weight(item, given);
  return ours !== null && ours === Number(answer);
}

function isMet([, operator, answer], item, given) {
  if (operator === 'exists') return (given !== '') === Boolean(answer);
  if (operator === '=') return given !== '' && isSame(answer, item, given);
  if (operator === '!=') return given === '' || !isSame(answer, item, given);
  const ours = weight(item, given);
  const theirs = typeof answer === 'string' ? weight(item, answer) : Number(answer);
  return ours !== null && theirs !== null && ORDERED[operator](ours, theirs);
}

export function asked(items, answers) {
  const byId = new Map(items.map((one) => [one.id, one]));
  const known = new Map();
  const isAsked = (id) => {
    if (!known.has(id)) {
      known.set(id, byId.has(id) && byId.get(id).rules.every((rule) => (
        rule.any ? rule.when.some(holds) : rule.when.every(holds))));
    }
    return known.get(id);
  };
  // The answer to a question that is not asked any more counts as not given.
  const holds = (one) => isMet(one, byId.get(one[0]), isAsked(one[0]) ? answers[one[0]] || '' : '');
  return items.filter((one) => isAsked(one.id));
}

// The first behind `after` that waits, else the first that waits at all.
export function nextItem(items, answers, after) {
  const list = asked(items, answers);
  const start = list.findIndex((one) => one.id === after) + 1;
  const waits = (one) => answers[one.id] === undefined;
  return list.slice(start).find(waits) || list.find(waits);
}
