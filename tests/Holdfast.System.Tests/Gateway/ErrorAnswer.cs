using System.Text.Json;

namespace Holdfast.System.Tests.Gateway;

/// <summary>An error as OpenAI writes it; reading one asserts that it has the four keys and no other.</summary>
internal sealed record ErrorAnswer(int Status, string Type, string? Code, string? Param, string Message)
{
    public static async Task<ErrorAnswer> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return Parse((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public static ErrorAnswer Parse(int status, string body)
    {
        using var document = JsonDocument.Parse(body);
        Assert.Equal(["error"], document.RootElement.EnumerateObject().Select(field => field.Name));
        var error = document.RootElement.GetProperty("error");
        Assert.Equal(["code", "message", "param", "type"],
            error.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
        var message = error.GetProperty("message").GetString();
        Assert.False(string.IsNullOrWhiteSpace(message));
        return new ErrorAnswer(status, error.GetProperty("type").GetString()!, error.GetProperty("code").GetString(),
            error.GetProperty("param").GetString(), message);
    }

    public void Is(int status, string type, string? code, string? param = null) =>
        Assert.Equal((status, type, code, param), (Status, Type, Code, Param));
}
