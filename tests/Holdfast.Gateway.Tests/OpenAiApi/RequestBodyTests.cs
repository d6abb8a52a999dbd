using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.OpenAiApi;

/// <summary>What a request's body takes of memory while its answer is made.</summary>
public sealed class RequestBodyTests
{
    [Theory]
    [InlineData(0, 16)]
    [InlineData(200, 256)]
    [InlineData(5000, 8192)]
    [InlineData(100_000, 131_072)]
    public async Task A_body_whose_length_is_announced_takes_about_that(int length, int most)
    {
        using var body = new PooledBuffer(initialCapacity: 0);

        Assert.Null(await ReadAsync(length, announced: length, body));

        Assert.Equal(length, body.Length);
        Assert.InRange(body.Length + body.GetMemory(1).Length, length, most);
    }

    [Fact]
    public async Task Who_announces_much_and_sends_little_takes_a_step()
    {
        using var body = new PooledBuffer(initialCapacity: 0);

        Assert.Null(await ReadAsync(10, announced: 9_000_000, body));

        Assert.InRange(body.Length + body.GetMemory(1).Length, 10, 32 * 1024);
    }

    [Theory]
    [InlineData(10_000_000, true)]
    [InlineData(10_000_001, false)]
    public async Task A_body_may_be_as_long_as_the_limit(int length, bool mayPass)
    {
        using var announced = new PooledBuffer(initialCapacity: 0);
        using var unannounced = new PooledBuffer(initialCapacity: 0);

        Assert.Equal(mayPass, await ReadAsync(length, announced: length, announced) is null);
        Assert.Equal(mayPass, await ReadAsync(length, announced: null, unannounced) is null);
    }

    private static Task<CallError?> ReadAsync(int length, long? announced, PooledBuffer into)
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new MemoryStream(new byte[length]);
        request.ContentLength = announced;
        return RequestBody.ReadAsync(request, into, limit: 10_000_000, CancellationToken.None);
    }
}
