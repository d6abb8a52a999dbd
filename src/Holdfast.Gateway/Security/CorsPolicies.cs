using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Holdfast.Gateway.Security;

/// <summary>
/// The configured origins may call and read what the gateway tells in headers; others never get this far.
/// </summary>
internal sealed class CorsPolicies(Func<HostPolicy> hosts) : ICorsPolicyProvider
{
    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName) =>
        Task.FromResult<CorsPolicy?>(new CorsPolicyBuilder()
            .SetIsOriginAllowed(origin => hosts().ServesOrigin(origin, context.Request.Host.Value ?? ""))
            .AllowAnyMethod()
            .AllowAnyHeader()
            .WithExposedHeaders("*")
            .Build());
}
