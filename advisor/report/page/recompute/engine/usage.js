// Which numbers follow from a usage and a horizon? As advisor/economics/inputs.py.

const TOKENS_PER_MTOK = 1e6;
const SECONDS_PER_HOUR = 3600;

const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);
const months = (count) => Array.from({ length: count }, (_, month) => month);

const tokensPerMonth = (usage) => usage.input_tokens_per_month + usage.output_tokens_per_month;

const growth = (usage, month) => (1 + usage.growth_per_month) ** month;

function shapesOf(usage) {
  if (usage.shapes_given.length > 0) return usage.shapes_given;
  const requests = usage.requests_per_month;
  const length = requests ? usage.input_tokens_per_month / requests : null;
  return [{ request_share: 1, input_share: 1, output_share: 1, input_tokens: length }];
}

const discountRatePerMonth = (horizon) => (1 + horizon.discount_rate_per_year) ** (1 / 12) - 1;

const apiPriceFactor = (horizon, month) => (1 - horizon.api_decline_per_year) ** (month / 12);

const inputFactor = (dialogue) => dialogue.input_token_ratio * (1 + dialogue.retry_share);

const outputFactor = (dialogue) =>
  dialogue.output_token_ratio *
  (1 + dialogue.reasoning_tokens_per_output_token) *
  (1 + dialogue.retry_share);
