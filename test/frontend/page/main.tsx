import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Client, fetchExchange, Provider } from 'urql';
import './page.css';
import { PriceHistoryPage } from './price-history-page.tsx';

// No cache: whoever looks at a trail wants what it holds now.
const client = new Client({ url: '/graphql', exchanges: [fetchExchange], preferGetMethod: false });
const sku = new URLSearchParams(location.search).get('sku')?.trim() || 'LAPTOP-15';

const place = document.getElementById('page');
if (!place) throw new Error('index.html has an element "page"');
createRoot(place).render(
  <StrictMode>
    <Provider value={client}>
      <PriceHistoryPage sku={sku} />
    </Provider>
  </StrictMode>,
);
