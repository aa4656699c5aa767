// The npm package `eventsource`, which connects again by itself.
import { EventSource } from 'eventsource';

const source = new EventSource(`${process.argv[2]}?since=all`);
const heard = ({ data }) => {
  console.log(data);
  if (JSON.parse(data).body === 'the end') source.close();
};
source.addEventListener('message', heard);
source.addEventListener('tick', heard);
