// Runs in the browser: React, ReactDOM and GraphiQL are the globals of the scripts before this one.
const { React, ReactDOM, GraphiQL } = globalThis;

const examples = await fetch('/graphiql/examples.json').then((answer) => answer.json());
const page = React.createElement(GraphiQL, {
  fetcher: GraphiQL.createFetcher({ url: '/graphql' }),
  defaultTabs: examples.map(({ question, query }) => ({ query: `# ${question}\n${query}\n` })),
});
ReactDOM.createRoot(document.getElementById('graphiql')).render(page);
