import { planAccounts } from './accounts.ts';
import { openShop } from './opening.ts';
import { OrderLife } from './order-life.ts';
import { OrderPlacing } from './order-placing.ts';
import { makeCustomers } from './people.ts';
import { planPrices } from './prices.ts';
import { arrivals, seasonEnd } from './season.ts';
import { Shop } from './shop.ts';
import type { Step } from './step.model.ts';
import { planStock } from './stock.ts';
import { planStory } from './story.ts';
import { Timeline } from './timeline.ts';

/** Every step of the demo shop in order of time: ninety days, the same in every run. */
export function planDemoShop(): Step[] {
  const timeline = new Timeline();
  const shop = new Shop();
  const life = new OrderLife(timeline, shop);
  const placing = new OrderPlacing(shop);
  openShop(timeline, shop, makeCustomers());
  planPrices(timeline, shop);
  planStock(timeline, shop);
  planAccounts(timeline, shop);
  for (const arrival of arrivals()) {
    timeline.at(arrival.at, (at) => life.begin(placing.place(arrival), at, arrival.script));
  }
  planStory(timeline, shop, life);
  timeline.run(seasonEnd);
  return shop.steps;
}
