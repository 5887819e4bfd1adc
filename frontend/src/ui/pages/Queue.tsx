import { strings } from '../../strings';
import { QueuePanel } from '../QueuePanel';
import { PageHead } from './parts';

export default function QueuePage() {
    return (
        <div class="page-body">
            <PageHead title={strings.shell.queue} />
            <QueuePanel />
        </div>
    );
}
