using Holdfast.Failover;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class StatusOutcomesTests
{
    [Fact]
    public void Every_status_has_its_row()
    {
        for (var status = 100; status < 700; status++)
        {
            var expected = status switch
            {
                401 or 403 => "auth",
                402 => "quota",
                404 => "not_found",
                408 or 424 => "server_error",
                409 or 425 => "conflict",
                429 => "rate_limited",
                < 400 or > 599 => "bad_answer",
                >= 500 => "server_error",
                _ => "caller_error",
            };

            Assert.Equal($"{status} {expected}", $"{status} {StatusOutcomes.For(status).Word()}");
        }
    }
}
