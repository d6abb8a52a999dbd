using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Providers.Bedrock;
using static Holdfast.Gateway.Tests.Providers.Bedrock.BedrockWire;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

public class BedrockErrorsTests
{
    [Theory]
    [InlineData(429, "ThrottlingException", Outcome.RateLimited)]
    [InlineData(429, "ModelNotReadyException", Outcome.RateLimited)]
    [InlineData(408, "ModelTimeoutException", Outcome.ServerError)]
    [InlineData(424, "ModelErrorException", Outcome.ServerError)]
    [InlineData(500, "InternalServerException", Outcome.ServerError)]
    [InlineData(503, "ServiceUnavailableException", Outcome.ServerError)]
    [InlineData(400, "ValidationException", Outcome.CallerError)]
    [InlineData(400, "ServiceQuotaExceededException", Outcome.Quota)]
    [InlineData(403, "AccessDeniedException", Outcome.Auth)]
    [InlineData(403, "UnrecognizedClientException", Outcome.Auth)]
    [InlineData(400, "IncompleteSignatureException", Outcome.Auth)]
    [InlineData(404, "ResourceNotFoundException", Outcome.NotFound)]
    public void A_status_and_a_name_say_what_it_is(int status, string name, Outcome expected)
    {
        var fault = Provider().ReadError(status, """{"message":"M"}"""u8, name + ":http://internal.example/coral/");

        Assert.Equal((expected, status, name), (fault.Outcome, fault.Status, fault.Type));
    }

    [Theory]
    [InlineData("InvalidSignatureException")]
    [InlineData("ExpiredTokenException")]
    [InlineData("UnrecognizedClientException")]
    public void What_AWS_tells_of_a_signature_is_not_passed_on(string name)
    {
        var fault = BedrockErrors.Read(403, """{"message":"x-amz-security-token:the-token"}"""u8, name);

        Assert.Equal($"Bedrock did not take the sign-in: {name}.", fault.Message);
    }

    [Fact]
    public void What_AWS_tells_of_anything_else_is() => Assert.Equal(
        "M", BedrockErrors.Read(403, """{"message":"M"}"""u8, "AccessDeniedException").Message);

    [Fact]
    public void The_name_may_stand_in_the_body()
    {
        var fault = BedrockErrors.Read(
            403, """{"__type":"com.amazon.coral.service#ExpiredTokenException","Message":"M"}"""u8, null);

        Assert.Equal((Outcome.Auth, "ExpiredTokenException"), (fault.Outcome, fault.Type));
    }

    [Theory]
    [InlineData(429, "Too many tokens, please wait before trying again.", Outcome.RateLimited)]
    [InlineData(429, "Too many tokens per day, please wait before trying again.", Outcome.RateLimited)]
    [InlineData(400, "The provided model identifier is invalid.", Outcome.NotFound)]
    [InlineData(400, "Invocation of model ID x with on-demand throughput isn't supported.", Outcome.NotFound)]
    [InlineData(400, "temperature: range: 0..1", Outcome.CallerError)]
    [InlineData(400, "The prompt says per day", Outcome.CallerError)]
    [InlineData(503, "Too many requests per day", Outcome.ServerError)]
    public void The_message_tells_what_the_status_does_not(int status, string message, Outcome expected)
    {
        var fault = BedrockErrors.Read(status, Encoding.UTF8.GetBytes($$"""{"message":"{{message}}"}"""), null);

        Assert.Equal(expected, fault.Outcome);
    }

    [Theory]
    [InlineData(429, "Too many tokens per day, please wait before trying again.", 10)]
    [InlineData(400, "Too many requests per day, please wait before trying again.", 10)]
    [InlineData(429, "Too many tokens, please wait before trying again.", 0)]
    public void A_model_whose_allowance_for_the_day_is_used_up_rests_longer(int status, string message, int minutes)
    {
        var fault = BedrockErrors.Read(
            status, Encoding.UTF8.GetBytes($$"""{"message":"{{message}}"}"""), "ThrottlingException");

        Assert.Equal((Outcome.RateLimited, minutes), (fault.Outcome, (int)(fault.RetryAfter ?? default).TotalMinutes));
    }

    [Fact]
    public void A_signature_error_that_speaks_of_a_day_is_none_of_a_rate() => Assert.Null(BedrockErrors.Read(
        403, """{"message":"once per day"}"""u8, "AccessDeniedException").RetryAfter);

    [Theory]
    [InlineData("<html>")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"message":7,"__type":{}}""")]
    [InlineData("{\"message\":\"\\ud83d\"}")]
    public void Without_a_readable_body_the_status_speaks(string body)
    {
        var fault = BedrockErrors.Read(503, Encoding.UTF8.GetBytes(body), null);

        Assert.Equal(
            (Outcome.ServerError, "The provider answered with status 503 and no readable error.", null),
            (fault.Outcome, fault.Message, fault.Type));
    }

    [Fact]
    public void Bytes_that_are_no_text_leave_the_status_and_the_name()
    {
        var fault = BedrockErrors.Read(429, [0xFF, 0xFE], "ThrottlingException");

        Assert.Equal((Outcome.RateLimited, "ThrottlingException"), (fault.Outcome, fault.Type));
    }

    [Fact]
    public void What_a_provider_says_is_bounded()
    {
        var long1 = new string('x', 100_000);

        var fault = BedrockErrors.Read(400, Encoding.UTF8.GetBytes($$"""{"message":"{{long1}}"}"""), long1);

        Assert.Equal((2000, 100), (fault.Message.Length, fault.Type!.Length));
    }

    [Theory]
    [InlineData("throttlingException", 429, Outcome.RateLimited)]
    [InlineData("validationException", 400, Outcome.CallerError)]
    [InlineData("modelStreamErrorException", 424, Outcome.ServerError)]
    [InlineData("internalServerException", 500, Outcome.ServerError)]
    [InlineData("serviceUnavailableException", 503, Outcome.ServerError)]
    [InlineData("modelTimeoutException", 408, Outcome.ServerError)]
    [InlineData("somethingNewException", 500, Outcome.ServerError)]
    [InlineData("", 500, Outcome.ServerError)]
    public void An_exception_in_a_stream_means_what_the_same_status_means(string name, int status, Outcome expected)
    {
        var stream = new BedrockStream();

        Assert.Equal("", stream.Read(BedrockWire.Exception(name, """{"message":"M","originalStatusCode":500}""")));

        Assert.Equal(
            (expected, status, "M"),
            (stream.Reader.Fault!.Outcome, stream.Reader.Fault.Status, stream.Reader.Fault.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("7")]
    public void An_exception_without_a_body_is_one_all_the_same(string body)
    {
        var stream = new BedrockStream();

        stream.Read(BedrockWire.Exception("throttlingException", body));

        Assert.Equal(
            (Outcome.RateLimited, "ThrottlingException"), (stream.Reader.Fault!.Outcome, stream.Reader.Fault.Type));
    }

    [Fact]
    public void An_error_that_is_no_exception_is_read_from_its_headers()
    {
        var stream = new BedrockStream();

        stream.Read(Frame([], (":message-type", "error"), (":error-code", "InternalError"), (":error-message", "M")));

        Assert.Equal(
            (Outcome.ServerError, "InternalError", "M"),
            (stream.Reader.Fault!.Outcome, stream.Reader.Fault.Type, stream.Reader.Fault.Message));
    }
}
