using Holdfast.Gateway.Configuration;

namespace Holdfast.System.Tests;

/// <summary>
/// Configurations whose targets are checked only when somebody asks: tests count what reaches a provider.
/// </summary>
internal static class UncheckedTargets
{
    public static HoldfastOptions WithoutChecks(this HoldfastOptions options) => options with
    {
        Models =
        [
            .. options.Models.Select(model => model with
            {
                Targets =
                [
                    .. model.Targets.Select(target => target with
                    {
                        HealthCheck = target.HealthCheck with { Interval = TimeSpan.Zero },
                    }),
                ],
            }),
        ],
    };
}
