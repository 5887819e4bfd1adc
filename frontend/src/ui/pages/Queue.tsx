import { strings } from '../../strings';
import { QueuePanel } from '../QueuePanel';

export default function QueuePage() {
    return (
        <section class="page-body">
            <h2>{strings.shell.queue}</h2>
            <QueuePanel />
        </section>
    );
}
