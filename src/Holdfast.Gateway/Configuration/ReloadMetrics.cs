using Holdfast.Gateway.Observability;

namespace Holdfast.Gateway.Configuration;

/// <summary>Shows whether the newest configuration file is in force, and since when.</summary>
internal sealed class ReloadMetrics
{
    public ReloadMetrics(GatewayMeter meter, ConfigurationHolder holder, ConfigurationReloader? reloader)
    {
        meter.Meter.CreateObservableGauge("holdfast_config_reload_success",
            () => reloader?.LastReloadSucceeded == false ? 0L : 1L, null,
            "1 when the newest content of the configuration file is in force, 0 when it was refused");
        meter.Meter.CreateObservableGauge("holdfast_config_reload_timestamp_seconds",
            () => (reloader?.LastReloadAt ?? holder.Current.LoadedAt).ToUnixTimeMilliseconds() / 1000.0, null,
            "When the configuration in force was loaded, as Unix seconds");
    }
}
