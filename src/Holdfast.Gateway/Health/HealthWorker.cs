namespace Holdfast.Gateway.Health;

/// <summary>Checks idle targets as long as the gateway runs.</summary>
internal sealed class HealthWorker(TargetMonitor monitor) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => monitor.RunAsync(stoppingToken);
}
